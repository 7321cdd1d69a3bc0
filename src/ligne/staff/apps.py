from django.apps import AppConfig

from ligne.kit.panels import Panel, declare
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, ADVISOR, SUPERVISOR


class StaffConfig(AppConfig):
    name = "ligne.staff"
    label = "staff"

    def ready(self) -> None:
        for panel in (
            Panel("bar", "presence", "staff:bar", N_("My state"), 10, roles=(ADVISOR, SUPERVISOR)),
            Panel("bar.pages", "my-day", "staff:me", N_("My day"), 50, "clock"),
            Panel("bar.pages", "my-settings", "staff:profile", N_("My settings"), 60, "settings"),
            Panel("office.nav", "people", "staff:people", N_("People"), 10, "users", (ADMINISTRATOR,)),
            Panel("office.nav", "teams", "staff:teams", N_("Teams"), 20, "users-group", (ADMINISTRATOR,)),
            Panel("office.nav", "skills", "staff:skills", N_("Skills"), 30, "school", (ADMINISTRATOR,)),
            Panel(
                "office.nav", "principals", "staff:principals", N_("Principals"), 40, "building-store", (ADMINISTRATOR,)
            ),
            Panel("office.nav", "tokens", "staff:tokens", N_("API keys"), 70, "key", (ADMINISTRATOR,)),
        ):
            declare(panel)
