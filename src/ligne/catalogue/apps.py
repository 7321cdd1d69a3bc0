from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "ligne.catalogue"
    label = "catalogue"
