from django.apps import AppConfig

from ligne.kit.panels import Panel, declare
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, SUPERVISOR


class CatalogueConfig(AppConfig):
    name = "ligne.catalogue"
    label = "catalogue"

    def ready(self) -> None:
        declare(
            Panel(
                "office.nav",
                "products",
                "catalogue:products",
                N_("Products"),
                60,
                "package",
                (ADMINISTRATOR, SUPERVISOR),
            )
        )
