"""Making and changing queues: the office's verbs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import transaction

from ligne.contacts.ports import channels
from ligne.kit import bus, live, locks
from ligne.kit.errors import Conflict, Forbidden, Invalid, NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, SUPERVISOR, Viewer
from ligne.routing.events import QueueChanged
from ligne.routing.models import Queue
from ligne.routing.rules import hours
from ligne.routing.services.lines import wake
from ligne.staff import reads as staff

# Number fields: (least, most), both allowed.
BOUNDS: dict[str, tuple[int, int]] = {
    "priority": (-10, 10),
    "relax_after_s": (0, 86_400),
    "offer_s": (5, 600),
    "target_share": (1, 100),
    "target_s": (1, 2_592_000),
    "handling_target_s": (1, 86_400),
    "overflow_after_s": (1, 2_592_000),
}
PLAIN = ("name", "active", "holidays")


@transaction.atomic
def create_queue(viewer: Viewer, *, principal_id: int, slug: str, name: str, **facts: Any) -> Queue:
    """Open a line for one principal; `facts` as in `update_queue`. For administrators. Raises `Invalid`."""
    _only(viewer, ADMINISTRATOR)
    if not viewer.sees(principal_id):
        raise NotFound
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) or len(slug) > 50:
        raise Invalid(
            N_("A short name is made of small letters, figures and hyphens. Nothing was saved."), field="slug"
        )
    if Queue.objects.filter(slug=slug).exists():
        raise Invalid(N_("A queue with this short name exists already. Nothing was saved."), field="slug")
    queue = Queue.objects.create(principal_id=principal_id, slug=slug, name=_name(name))
    return _change(viewer, queue, facts)


@transaction.atomic
def update_queue(viewer: Viewer, *, slug: str, version: int | None = None, **facts: Any) -> Queue:
    """Change a queue: `name`, `active`, `hours` (weekly, see `rules.hours`), `holidays`, the numbers of `BOUNDS`,
    `skills` ({slug: level}), `channels`, `fallback`, `overflow_to` (a slug or ""), `members` (user ids).

    Supervisors and administrators. Raises `Invalid` naming the field, `Conflict` when the form was made from an older
    `version`, `NotFound`.
    """
    _only(viewer, SUPERVISOR, ADMINISTRATOR)
    queue = locks.row(Queue, slug=slug)
    if not viewer.sees(queue.principal_id):
        raise NotFound
    if version is not None and version != queue.version:
        raise Conflict
    return _change(viewer, queue, facts)


def _only(viewer: Viewer, *roles: str) -> None:
    if not viewer.has_role(*roles):
        raise Forbidden


def _change(viewer: Viewer, queue: Queue, facts: Mapping[str, Any]) -> Queue:
    before = _stored(queue)
    for field, value in facts.items():
        if field in BOUNDS:
            setattr(queue, field, _number(field, value))
        elif field in PLAIN:
            setattr(queue, field, _name(value) if field == "name" else value)
        elif field in _SETTERS:
            _SETTERS[field](viewer, queue, value)
        else:
            raise Invalid(N_("A queue has no “%(field)s”."), field=field)
    hours.read(queue.hours, queue.principal.zone, queue.holidays)
    after = _stored(queue)
    changes = {field: value for field, value in after.items() if value != before[field]}
    if changes or queue.version == 1:
        queue.version += 1
        queue.save()
        bus.announce(
            QueueChanged(
                subject_id=queue.pk,
                principal_id=queue.principal_id,
                actor_id=viewer.user_id,
                slug=queue.slug,
                changes=changes,
            )
        )
        live.push(f"floor:{queue.principal_id}", "board")
        wake()
    return queue


def _stored(queue: Queue) -> dict[str, Any]:
    fields = (*PLAIN, *BOUNDS, "hours", "skills", "channels", "fallback", "overflow_to_id")
    return {field: getattr(queue, field) for field in fields} | {
        "members": sorted(queue.members.values_list("id", flat=True))
    }


def _name(value: str) -> str:
    name = value.replace("\x00", "").strip()
    if not name:
        raise Invalid(N_("Give the queue a name. Nothing was saved."), field="name")
    return name[:120]


def _number(field: str, value: int) -> int:
    low, high = BOUNDS[field]
    if not low <= value <= high:
        raise Invalid(
            N_("This must lie between %(low)s and %(high)s. Nothing was saved."), field=field, low=low, high=high
        )
    return value


def _set_hours(viewer: Viewer, queue: Queue, week: Mapping[str, Any]) -> None:
    queue.hours = {day: [list(span) for span in spans] for day, spans in week.items()}


def _set_skills(viewer: Viewer, queue: Queue, asked: Mapping[str, int]) -> None:
    known = {skill.slug for skill in staff.skills(viewer, queue.principal_id)}
    for slug, level in asked.items():
        if slug not in known or not 1 <= level <= 5:
            raise Invalid(
                N_("“%(skill)s” is not a skill of this principal. Nothing was saved."), field="skills", skill=slug
            )
    queue.skills = dict(asked)


def _set_channels(viewer: Viewer, queue: Queue, keys: Iterable[str]) -> None:
    chosen = sorted(set(keys))
    for key in chosen:
        if key not in channels:
            raise Invalid(N_("There is no channel called “%(channel)s”."), field="channels", channel=key)
    # One line answers for a channel: the others let go of it.
    for other in Queue.objects.filter(principal_id=queue.principal_id).exclude(pk=queue.pk):
        left = [key for key in other.channels if key not in chosen]
        if left != other.channels:
            other.channels = left
            other.save(update_fields=["channels"])
    queue.channels = chosen


def _set_fallback(viewer: Viewer, queue: Queue, value: bool) -> None:
    if value:
        Queue.objects.filter(principal_id=queue.principal_id, fallback=True).exclude(pk=queue.pk).update(fallback=False)
    queue.fallback = value


def _set_overflow(viewer: Viewer, queue: Queue, slug: str) -> None:
    relief = Queue.objects.filter(slug=slug, principal_id__in=viewer.principals).first() if slug else None
    if slug and (relief is None or relief.pk == queue.pk):
        raise Invalid(N_("Choose another queue for relief. Nothing was saved."), field="overflow_to")
    queue.overflow_to = relief


def _set_members(viewer: Viewer, queue: Queue, user_ids: Iterable[int]) -> None:
    ids = set(user_ids)
    known = {p.pk for p in staff.people(viewer) if p.pk in ids}
    if ids - known - set(queue.members.values_list("id", flat=True)):
        raise Invalid(N_("Somebody you chose does not work for this principal. Nothing was saved."), field="members")
    queue.members.set(ids)


_SETTERS: dict[str, Callable[[Viewer, Queue, Any], None]] = {
    "hours": _set_hours,
    "skills": _set_skills,
    "channels": _set_channels,
    "fallback": _set_fallback,
    "overflow_to": _set_overflow,
    "members": _set_members,
}
