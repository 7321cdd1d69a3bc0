from django.apps import AppConfig


class EmailConfig(AppConfig):
    name = "ligne.channels.email"
    label = "channel_email"
