from django.apps import AppConfig


class ContactsConfig(AppConfig):
    name = "ligne.contacts"
    label = "contacts"
