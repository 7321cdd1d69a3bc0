from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "ligne.staff"
    label = "staff"
