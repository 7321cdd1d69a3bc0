"""The demo's reasons, reply templates and two months of exchanges, made through the app's own verbs."""

from ligne.contacts.demo.make import make

__all__ = ["make"]
