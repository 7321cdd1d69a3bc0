"""The demo company: each app makes its own part, through its own verbs, from the floor up."""

from __future__ import annotations

from importlib import import_module

from django.db import transaction

from ligne.kit.demo import Context
from ligne.kit.locks import advisory_here
from ligne.staff.models import Principal

PARTS = (
    "ligne.staff.demo",
    "ligne.catalogue.demo",
    "ligne.customers.demo",
    "ligne.contracts.demo",
    "ligne.routing.demo",
    "ligne.contacts.demo",
    "ligne.channels.email.demo",
    "ligne.channels.chat.demo",
    "ligne.channels.web.demo",
    "ligne.channels.voice.demo",
    "ligne.supervision.demo",
)


def exists() -> bool:
    """Whether the demo, or a real company, is there already."""
    return Principal.objects.exists()


def make_all(password: str, scale: int = 3000) -> Context:
    """Make the demo with `scale` customers; everyone signs in with `password`. When a part fails, none is made."""
    context = Context(password=password, scale=scale)
    with transaction.atomic():
        advisory_here("demo")
        for name in PARTS:
            module = import_module(name)
            module.make(context)
    return context
