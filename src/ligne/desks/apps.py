from django.apps import AppConfig


class DesksConfig(AppConfig):
    name = "ligne.desks"
    label = "desks"
