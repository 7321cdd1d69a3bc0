from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "ligne.journal"
    label = "journal"
