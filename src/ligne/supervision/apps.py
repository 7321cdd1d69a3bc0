from django.apps import AppConfig

from ligne.kit.panels import Panel, declare
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, QUALITY, SUPERVISOR


class SupervisionConfig(AppConfig):
    name = "ligne.supervision"
    label = "supervision"

    def ready(self) -> None:
        leads, follows, administers = (SUPERVISOR,), (SUPERVISOR, QUALITY), (ADMINISTRATOR,)
        for panel in (
            Panel("bar", "notices", "supervision:notices", N_("Messages to read"), 80, "speakerphone"),
            Panel("bar", "checks", "supervision:checks_bar", N_("Checks"), 75, "shield-check", administers),
            Panel("office.nav", "checks", "supervision:checks", N_("Checks"), 95, "shield-check", administers),
            Panel("me", "results", "supervision:results", N_("My results today"), 10),
            Panel("floor.main", "board", "supervision:board", N_("Figures and queues"), 10, roles=follows),
            Panel("floor.main", "arrivals", "supervision:arrivals", N_("Arrivals per half-hour"), 20, roles=follows),
            Panel("floor.main", "late", "supervision:late", N_("Late work"), 30, roles=follows),
            Panel("floor.side", "advisors", "supervision:advisors", N_("Advisors"), 10, roles=leads),
            Panel("floor.side", "alerts", "supervision:alerts", N_("To look at"), 20, roles=leads),
            Panel("floor.side", "message", "supervision:message", N_("Message to the team"), 30, roles=leads),
            Panel("nav", "contacts", "supervision:contacts", N_("Exchanges"), 30, icon="messages", roles=follows),
            Panel(
                "nav",
                "history",
                "supervision:history",
                N_("Figures"),
                40,
                "chart-bar",
                (SUPERVISOR, QUALITY, ADMINISTRATOR),
            ),
        ):
            declare(panel)
