"""Messages to the team."""

from __future__ import annotations

from django.db import transaction

from ligne.kit import bus, clock, live, locks
from ligne.kit.errors import Forbidden, Invalid, NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import ADVISOR, SUPERVISOR, Viewer
from ligne.staff import reads as staff
from ligne.supervision.events import NoticePublished, NoticeRead
from ligne.supervision.models import Notice, NoticeReader

LONGEST = 2000


def publish(viewer: Viewer, *, text: str, principal_id: int | None = None, team_id: int | None = None) -> Notice:
    """Send `text` to the advisors and fellow supervisors of the viewer: of one principal, of one team, or all of them.

    Raises `Forbidden`, `NotFound`, or `Invalid` (empty, too long, nobody to read it).
    """
    if not viewer.has_role(SUPERVISOR):
        raise Forbidden
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise Invalid(
            N_("Write a message of 1 to %(limit)s characters. Nothing was sent."), field="text", limit=LONGEST
        )
    if principal_id is not None and not viewer.sees(principal_id):
        raise NotFound
    readers = [
        person.pk
        for person in staff.people(viewer)
        if person.pk != viewer.user_id
        and person.role in (ADVISOR, SUPERVISOR)
        and (team_id is None or person.team_id == team_id)
        and (principal_id is None or any(p.pk == principal_id for p in person.seen_principals))  # type: ignore[attr-defined]
    ]
    if not readers:
        raise Invalid(N_("Nobody would read it: choose other recipients. Nothing was sent."), field="to")
    with transaction.atomic():
        notice = Notice.objects.create(
            principal_id=principal_id, team_id=team_id, author_id=viewer.user_id, text=text, at=clock.now()
        )
        NoticeReader.objects.bulk_create(NoticeReader(notice=notice, user_id=user_id) for user_id in readers)
        bus.announce(
            NoticePublished(
                subject_id=notice.pk,
                principal_id=principal_id,
                actor_id=viewer.user_id,
                text=text,
                readers=len(readers),
                team_id=team_id,
            )
        )
        for user_id in readers:
            live.push(f"user:{user_id}", "notice", notice_id=notice.pk)
    return notice


def acknowledge(viewer: Viewer, *, notice_id: int) -> None:
    """Say that one has read it; once. Raises `NotFound` when it was not for the viewer."""
    with transaction.atomic():
        reader = locks.row(NoticeReader, notice_id=notice_id, user_id=viewer.user_id)
        if reader.read_at is None:
            reader.read_at = clock.now()
            reader.save(update_fields=["read_at"])
            principal_id = Notice.objects.values_list("principal_id", flat=True).get(pk=notice_id)
            bus.announce(NoticeRead(subject_id=notice_id, principal_id=principal_id, actor_id=viewer.user_id))
