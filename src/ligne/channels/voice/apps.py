from django.apps import AppConfig

from ligne.kit.panels import Panel, declare
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, ADVISOR, SUPERVISOR


class VoiceConfig(AppConfig):
    name = "ligne.channels.voice"
    label = "channel_voice"

    def ready(self) -> None:
        declare(
            Panel("office.nav", "lines", "channel_voice:lines", N_("Telephone lines"), 37, "phone", (ADMINISTRATOR,))
        )
        declare(Panel("number", "call", "channel_voice:call", N_("Call"), 10, "phone", (ADVISOR, SUPERVISOR)))
        declare(Panel("bar", "softphone", "channel_voice:panel", N_("Telephone"), 90, "phone", (ADVISOR, SUPERVISOR)))
