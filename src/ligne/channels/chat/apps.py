from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "ligne.channels.chat"
    label = "channel_chat"
