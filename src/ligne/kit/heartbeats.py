"""Signs of life: each process beats by name, `ligne doctor`, `/metrics` and the start-up read them."""

from __future__ import annotations

import os
import socket

from ligne.kit import clock
from ligne.kit.models import Heartbeat


def beat(name: str) -> None:
    """Say that the process `name` ("router", "mail", "worker") lives; call it every few seconds."""
    instance = f"{socket.gethostname()}:{os.getpid()}"
    Heartbeat.objects.update_or_create(name=name, instance=instance, defaults={"at": clock.now()})
    Heartbeat.objects.filter(name=name, at__lt=clock.ago(hours=1)).delete()


def alive(name: str, within_s: float = 30) -> int:
    """How many processes called `name` gave a sign of life within the last `within_s` seconds."""
    return Heartbeat.objects.filter(name=name, at__gte=clock.ago(seconds=within_s)).count()
