from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "ligne.channels.web"
    label = "channel_web"
