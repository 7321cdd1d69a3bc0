from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "ligne.customers"
    label = "customers"
