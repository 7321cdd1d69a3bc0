from django.apps import AppConfig


class DesksConfig(AppConfig):
    name = "ligne.desks"
    label = "desks"

    def ready(self) -> None:
        from ligne.desks.panels import PANELS
        from ligne.kit.panels import declare

        for panel in PANELS:
            declare(panel)
