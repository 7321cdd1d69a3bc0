from django.apps import AppConfig

from ligne.kit.panels import declare


class ContactsConfig(AppConfig):
    name = "ligne.contacts"
    label = "contacts"

    def ready(self) -> None:
        from ligne.contacts.panels import PANELS

        for panel in PANELS:
            declare(panel)
