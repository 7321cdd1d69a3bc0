from django.apps import AppConfig

from ligne.kit.panels import Panel, declare
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, ADVISOR, SUPERVISOR


class RoutingConfig(AppConfig):
    name = "ligne.routing"
    label = "routing"

    def ready(self) -> None:
        office = (ADMINISTRATOR, SUPERVISOR)
        declare(Panel("bar", "work", "routing:bar", N_("My queues"), 20, roles=(ADVISOR, SUPERVISOR)))
        declare(Panel("desk.work", "work", "routing:mine", N_("My work"), 10, roles=(ADVISOR, SUPERVISOR)))
        declare(Panel("floor.side", "declined", "routing:declined", N_("Declined offers"), 25, roles=(SUPERVISOR,)))
        declare(Panel("nav", "queues", "routing:queues", N_("Queues"), 45, "route", (SUPERVISOR,)))
        declare(Panel("office.nav", "queues", "routing:queues", N_("Queues"), 35, "route", office))
