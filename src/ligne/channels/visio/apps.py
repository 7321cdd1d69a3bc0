from django.apps import AppConfig


class VisioConfig(AppConfig):
    name = "ligne.channels.visio"
    label = "channel_visio"
