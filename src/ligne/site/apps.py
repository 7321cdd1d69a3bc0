from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "ligne.site"
    label = "site"

    def ready(self) -> None:
        from ligne.site import wiring

        wiring.connect()
