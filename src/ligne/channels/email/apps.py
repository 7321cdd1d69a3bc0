from django.apps import AppConfig

from ligne.kit.panels import Panel, declare
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR


class EmailConfig(AppConfig):
    name = "ligne.channels.email"
    label = "channel_email"

    def ready(self) -> None:
        only = (ADMINISTRATOR,)
        declare(Panel("office.nav", "mail_accounts", "channel_email:accounts", N_("Mail accounts"), 60, "at", only))
        declare(Panel("office.nav", "mail_kept", "channel_email:kept", N_("Kept mails"), 61, "inbox", only))
