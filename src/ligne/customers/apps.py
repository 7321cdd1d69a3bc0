from django.apps import AppConfig

from ligne.kit.panels import declare


class CustomersConfig(AppConfig):
    name = "ligne.customers"
    label = "customers"

    def ready(self) -> None:
        from ligne.customers.panels import PANELS

        for panel in PANELS:
            declare(panel)
