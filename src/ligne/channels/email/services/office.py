"""What an administrator does with the mails that were kept."""

from __future__ import annotations

from django.db import transaction

from ligne.channels.email.events import MailReplayed
from ligne.channels.email.models import RawMail
from ligne.channels.email.services import handling
from ligne.kit import bus, locks
from ligne.kit.errors import Conflict, Forbidden, Invalid, NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, Viewer


def replay(viewer: Viewer, *, raw_id: int) -> str:
    """Handle a kept mail again, as if it arrived now; returns its fate. Raises `Conflict` once it is not kept."""
    return _again(viewer, raw_id, queue=None)


def open_contact(viewer: Viewer, *, raw_id: int, queue: str) -> str:
    """Make a kept mail a new contact in `queue` (a slug), whatever it is. `Invalid` without a queue."""
    if not queue:
        raise Invalid(N_("Choose a queue. Nothing was done."), field="queue")
    return _again(viewer, raw_id, queue=queue)


@transaction.atomic
def _again(viewer: Viewer, raw_id: int, *, queue: str | None) -> str:
    if not viewer.has_role(ADMINISTRATOR):
        raise Forbidden
    raw = locks.row(RawMail, pk=raw_id)
    if not viewer.sees(raw.principal_id):
        raise NotFound
    if raw.state != RawMail.State.KEPT:
        raise Conflict(N_("This mail has been dealt with already. Nothing was changed."))
    fate = handling.decide(raw, forced_queue=queue)
    bus.announce(
        MailReplayed(
            subject_id=raw.pk,
            principal_id=raw.principal_id,
            actor_id=viewer.user_id,
            forced=queue is not None,
            fate=fate,
            contact_id=raw.contact_id,
        )
    )
    return fate
