from django.apps import AppConfig


class RoutingConfig(AppConfig):
    name = "ligne.routing"
    label = "routing"
