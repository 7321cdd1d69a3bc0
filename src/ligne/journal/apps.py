from django.apps import AppConfig

from ligne.kit.panels import Panel, declare
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, QUALITY


class JournalConfig(AppConfig):
    name = "ligne.journal"
    label = "journal"

    def ready(self) -> None:
        for panel in (
            Panel("nav", "journal", "journal:entries", N_("Journal"), 60, "history", (QUALITY, ADMINISTRATOR)),
            Panel("office.nav", "webhooks", "journal:webhooks", N_("Webhooks"), 80, "webhook", (ADMINISTRATOR,)),
            Panel("office.nav", "journal", "journal:entries", N_("Journal"), 90, "history", (ADMINISTRATOR,)),
        ):
            declare(panel)
