"""Every payment provider of the centre, one line each."""

from __future__ import annotations

from django.conf import settings

from ligne.channels.voice.banks.demonstration import DemonstrationBank
from ligne.channels.voice.ports import providers
from ligne.site import env


def register() -> None:
    """Fill the registry; called once by the wiring. A setting that names nobody stops the start."""
    providers.register("demonstration", DemonstrationBank(settings.PAYMENT_HOME))
    if settings.PAYMENT and settings.PAYMENT not in providers:
        env.wrong("LIGNE_PAYMENT", f"“{settings.PAYMENT}” is no payment provider")
