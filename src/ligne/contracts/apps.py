from django.apps import AppConfig


class ContractsConfig(AppConfig):
    name = "ligne.contracts"
    label = "contracts"
