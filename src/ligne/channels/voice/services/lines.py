"""The numbers that customers dial, as an administrator sets them."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from ligne.channels.voice.events import LineSaved
from ligne.channels.voice.models import Line
from ligne.kit import bus, locks, phones
from ligne.kit.errors import Conflict, Forbidden, Invalid, NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, Viewer

FIELDS = (
    "name", "queue", "language", "welcome", "closed_prompts", "closed_to", "voicemail_prompts", "menus", "menu",
    "position_every_s", "call_back_key", "call_back_prompts", "recorded_share", "objection_key", "known_queue",
    "callers", "payment_prompts", "active",
)  # fmt: skip
TAKEN = N_("Another line has this number. Nothing was saved.")


@transaction.atomic
def put_line(
    viewer: Viewer, *, principal_id: int, line_id: int | None = None, number: str = "", version: int = 0, **facts: Any
) -> Line:
    """Make a line for `number`, or change the `facts` given (FIELDS) of one; it holds from the next call on.

    `version` is the one the form was made from. Raises `Invalid` naming the field, `Conflict`, `Forbidden`, `NotFound`.
    """
    if not viewer.has_role(ADMINISTRATOR):
        raise Forbidden
    if not viewer.sees(principal_id):
        raise NotFound
    if unknown := facts.keys() - set(FIELDS):
        raise Invalid(N_("A line has no “%(name)s”."), field=min(unknown), name=min(unknown))
    line = _present(principal_id, line_id, version) if line_id else Line(principal_id=principal_id, version=0)
    if not line_id:
        line.number = phones.parse(number)
    for name, value in facts.items():
        setattr(line, name, value)
    if line.call_back_key and line.call_back_key == line.objection_key:
        raise Invalid(N_("This key asks for a call back already. Nothing was saved."), field="objection_key")
    line.version += 1
    try:
        with transaction.atomic():
            line.save()
    except IntegrityError:
        raise Invalid(TAKEN, field="number") from None
    bus.announce(
        LineSaved(
            subject_id=line.pk,
            principal_id=principal_id,
            actor_id=viewer.user_id,
            number=line.number,
            queue=line.queue,
            recorded_share=line.recorded_share,
            active=line.active,
        )
    )
    return line


def _present(principal_id: int, line_id: int, version: int) -> Line:
    line = locks.row(Line, pk=line_id)
    if line.principal_id != principal_id:
        raise NotFound
    if line.version != version:
        raise Conflict
    return line
