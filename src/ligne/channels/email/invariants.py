"""What always holds about mails that were acknowledged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ligne.channels.email.models import RawMail
from ligne.kit.invariants import Invariant, Offender
from ligne.kit.text import N_

HANDLING = timedelta(minutes=2)


def without_fate(now: datetime) -> Iterator[Offender]:
    """Mails that were acknowledged and of which nothing became yet."""
    found = RawMail.objects.filter(state=RawMail.State.RECEIVED, received_at__lt=now - HANDLING)
    rows = found.order_by("received_at").values_list("pk", "principal_id")[:1000]
    return (Offender("raw_mail", pk, principal_id) for pk, principal_id in rows)


INVARIANTS = (
    Invariant(
        "mail_has_a_fate",
        N_("No mail is without a fate"),
        N_("A mail was received and acknowledged, and has become neither an exchange nor a kept mail."),
        N_("See in `ligne doctor` whether the mail process and the worker run and the disk has room. None is lost."),
        without_fate,
    ),
)
