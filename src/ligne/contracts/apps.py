from django.apps import AppConfig

from ligne.kit.panels import declare


class ContractsConfig(AppConfig):
    name = "ligne.contracts"
    label = "contracts"

    def ready(self) -> None:
        from ligne.contracts.panels import PANELS

        for panel in PANELS:
            declare(panel)
