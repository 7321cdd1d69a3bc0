"""What always holds about calls: somebody leads each, and nobody is kept by one that is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ligne.channels.voice import reads
from ligne.channels.voice.models import VoiceCall
from ligne.kit import heartbeats
from ligne.kit.invariants import Invariant, Offender
from ligne.kit.text import N_

LEFT_ALONE = timedelta(minutes=1)


def led_by_nobody(now: datetime) -> Iterator[Offender]:
    """Calls under way at an exchange of which nothing was heard, and calls asked for that nobody makes."""
    under_way = VoiceCall.objects.filter(ended_at__isnull=True, started_at__lt=now - LEFT_ALONE)
    names = set(under_way.values_list("exchange", flat=True).distinct())
    silent = [name for name in names if not name or not heartbeats.alive(f"exchange:{name}", 60, now)]
    for contact_id, principal_id in under_way.filter(exchange__in=silent).values_list("contact_id", "principal_id"):
        yield Offender("contact" if contact_id else "call", contact_id or 0, principal_id)


def outlived(now: datetime) -> Iterator[Offender]:
    """Exchanges that wait, or are with somebody, although their call is over."""
    return (Offender("contact", pk, principal_id) for pk, principal_id in reads.outlived(now - LEFT_ALONE))


INVARIANTS = (
    Invariant(
        "calls_are_led",
        N_("Every call under way has somebody who leads it"),
        N_("A call is under way at an exchange that was not heard for a minute, or was asked for and is not made."),
        N_("See in `ligne doctor` whether the exchange and the process of calls run, and start them again."),
        led_by_nobody,
    ),
    Invariant(
        "nobody_is_kept_by_a_call_that_is_over",
        N_("Nobody waits for, or is kept by, a call that is over"),
        N_("An exchange stands as waiting or in hand although everybody has hung up."),
        N_("It is put right within a minute by itself; if not, have a supervisor close it, and tell us."),
        outlived,
    ),
)
