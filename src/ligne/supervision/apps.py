from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "ligne.supervision"
    label = "supervision"
