from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "ligne.kit"
    label = "kit"
