"""Signs of life: each process beats by name; `ligne doctor`, `/metrics` and the start-up read them. With each beat it
sets its clock by the database's."""

from __future__ import annotations

import os
import socket
import time
from datetime import datetime, timedelta

import structlog
from django.db import connection

from ligne.kit import clock, sharing
from ligne.kit.models import Heartbeat

log = structlog.get_logger(__name__)
# A question to the database that took longer tells nothing about clocks, seconds.
_SLOW_S = 1.0
WRONG_S = 2.0


def beat(name: str) -> None:
    """Say that the process `name` ("router", "mail", "worker") lives; call it every few seconds."""
    set_clock()
    sharing.mark()
    instance = f"{socket.gethostname()}:{os.getpid()}"
    Heartbeat.objects.update_or_create(name=name, instance=instance, defaults={"at": clock.now()})
    Heartbeat.objects.filter(name=name, at__lt=clock.ago(hours=1)).delete()


def set_clock() -> float | None:
    """Have this process's clock follow the database's; returns by how many seconds the machine's own is ahead of it,
    None when the answer took too long to tell. A wrong one is logged."""
    asked = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        shown: datetime = cursor.fetchone()[0]
    answered = time.monotonic()
    if answered - asked > _SLOW_S:
        return None
    clock.follow(shown, (asked + answered) / 2)
    ahead = (clock.machine() - clock.following()).total_seconds()
    if abs(ahead) > WRONG_S:
        log.warning("clock.wrong", ahead_s=round(ahead, 1))
    return ahead


def alive(name: str, within_s: float = 30, now: datetime | None = None) -> int:
    """How many processes called `name` gave a sign of life within the `within_s` seconds before `now`."""
    since = (now or clock.now()) - timedelta(seconds=within_s)
    return Heartbeat.objects.filter(name=name, at__gte=since).count()
