"""What a principal decides about its exchanges: reasons for contact and replies ready to adapt.

A form names the `version` of the row it was made from: an older one than the present is a `Conflict`, and 0 says that
the row is to be new. Without a version (demo, programs) what is there is changed as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max

from ligne.contacts.events import SettingsChanged
from ligne.contacts.models import Reason, Template
from ligne.contacts.ports import channels
from ligne.contacts.rules import filling
from ligne.kit import bus, locks
from ligne.kit.errors import Conflict, Forbidden, Invalid, NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, SUPERVISOR, Viewer

STEP = 10  # between two neighbours of a list, so that a program may put one between them
_SHORT_NAME = re.compile(r"[a-z0-9_-]{1,50}")


def _may(viewer: Viewer, principal_id: int) -> None:
    if not viewer.sees(principal_id):
        raise NotFound
    if not viewer.has_role(ADMINISTRATOR, SUPERVISOR):
        raise Forbidden


def _lock(principal_id: int) -> None:
    # One lock for the whole list: a place, a heading and a free name depend on the other rows.
    locks.advisory_here(f"contacts.reference:{principal_id}")


def _check_version(row: Reason | Template | None, version: int | None) -> None:
    if version and (row is None or row.version != version):
        raise Conflict


@transaction.atomic
def put_reason(
    viewer: Viewer,
    *,
    principal_id: int,
    slug: str,
    label: str,
    parent: str = "",
    order: int | None = None,
    active: bool = True,
    version: int | None = None,
) -> Reason:
    """Add or change the reason `slug`; `parent` is the slug of its heading (two levels, no more).

    Without `order` it stays where it is, or comes last when it is new there. Raises `Invalid`, `Conflict`.
    """
    _may(viewer, principal_id)
    _lock(principal_id)
    label = label.strip()
    if not label:
        raise Invalid(N_("A reason needs a name. Nothing was saved."), field="label")
    reason = Reason.objects.filter(principal_id=principal_id, slug=slug).first()
    _check_version(reason, version)
    if reason is None and not _SHORT_NAME.fullmatch(slug):
        raise Invalid(N_("A short name has small letters, digits and hyphens only. Nothing was saved."), field="slug")
    if reason is not None and version == 0:
        raise Invalid(N_("Another reason has this short name. Nothing was saved."), field="slug")
    heading = _heading(principal_id, parent, reason) if parent else None
    reason = reason or Reason(principal_id=principal_id, slug=slug, version=0)
    if order is None and (reason.pk is None or reason.parent != heading):
        order = _last(principal_id, heading)
    reason.label, reason.parent, reason.active = label[:120], heading, active
    reason.order = reason.order if order is None else order
    reason.version += 1
    reason.save()
    _announce(viewer, principal_id, f"reason:{slug}")
    return reason


def _heading(principal_id: int, slug: str, reason: Reason | None) -> Reason:
    heading = Reason.objects.filter(principal_id=principal_id, slug=slug).first()
    if heading is None or heading.parent_id is not None or heading == reason:
        raise Invalid(N_("Choose a heading among the first-level reasons. Nothing was saved."), field="parent")
    if reason is not None and reason.children.exists():
        raise Invalid(
            N_("Other reasons stand under this one: it stays a heading. Nothing was saved; move them first."),
            field="parent",
        )
    return heading


def _last(principal_id: int, heading: Reason | None) -> int:
    highest = Reason.objects.filter(principal_id=principal_id, parent=heading).aggregate(Max("order"))["order__max"]
    return 0 if highest is None else int(highest) + STEP


@transaction.atomic
def move_reason(viewer: Viewer, *, reason_id: int, up: bool) -> None:
    """Let a reason change places with the one above it (or under it) in its list; at the end, nothing happens."""
    principal_id = (
        Reason.objects.filter(pk=reason_id, principal_id__in=viewer.principals)
        .values_list("principal_id", flat=True)
        .first()
    )
    if principal_id is None:
        raise NotFound
    _may(viewer, principal_id)
    _lock(principal_id)
    reason = Reason.objects.get(pk=reason_id)
    line = list(Reason.objects.filter(principal_id=principal_id, parent_id=reason.parent_id).order_by("order", "label"))
    here = line.index(reason)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(line):
        return
    line[here], line[there] = line[there], line[here]
    for place, one in enumerate(line):
        one.order = place * STEP
    Reason.objects.bulk_update(line, ["order"])
    _announce(viewer, principal_id, f"reason:{reason.slug}")


@transaction.atomic
def put_template(
    viewer: Viewer,
    *,
    principal_id: int,
    shortcut: str,
    title: str,
    text: str,
    for_channels: Sequence[str] = (),
    template_id: int | None = None,
    version: int | None = None,
) -> Template:
    """Add or change the reply template `shortcut`, or the one with `template_id` whatever its shortcut was.

    `for_channels` empty: every channel. Raises `Invalid`, `Conflict`, `NotFound`.
    """
    _may(viewer, principal_id)
    _lock(principal_id)
    shortcut = shortcut.strip().removeprefix("::").lower()
    _check_template(shortcut, title, text, for_channels)
    named = Template.objects.filter(principal_id=principal_id, shortcut=shortcut).first()
    template = named
    if template_id is not None:
        template = Template.objects.filter(pk=template_id, principal_id=principal_id).first()
        if template is None:
            raise NotFound
    _check_version(template, version)
    if named is not None and (named != template or version == 0):
        raise Invalid(
            N_("Another template is called with ::%(shortcut)s. Nothing was saved; choose another shortcut."),
            field="shortcut",
            shortcut=shortcut,
        )
    template = template or Template(principal_id=principal_id, version=0)
    template.shortcut, template.title, template.text = shortcut, title.strip()[:120], text
    template.channels = list(for_channels)
    template.version += 1
    template.save()
    _announce(viewer, principal_id, f"template:{shortcut}")
    return template


def _check_template(shortcut: str, title: str, text: str, for_channels: Sequence[str]) -> None:
    if not _SHORT_NAME.fullmatch(shortcut):
        raise Invalid(
            N_("A shortcut has small letters, digits and hyphens only, without accents. Nothing was saved."),
            field="shortcut",
        )
    if not title.strip() or not text.strip():
        raise Invalid(
            N_("A template needs a title and a text. Nothing was saved."), field="text" if title.strip() else "title"
        )
    misspelt = filling.misspelt(text)
    if misspelt:
        raise Invalid(
            N_("“%(slot)s” would never be filled in. Nothing was saved; write one of the slots listed below."),
            field="text",
            slot=misspelt[0][:60],
        )
    unknown = [c for c in for_channels if c not in channels]
    if unknown:
        raise Invalid(N_("There is no channel called “%(channel)s”."), field="channels", channel=unknown[0])


@transaction.atomic
def remove_template(viewer: Viewer, *, template_id: int) -> None:
    """Delete a reply template. Replies written from it stay as they are."""
    template = locks.row(Template, pk=template_id, principal_id__in=viewer.principals)
    _may(viewer, template.principal_id)
    template.delete()
    _announce(viewer, template.principal_id, f"template:{template.shortcut}")


def _announce(viewer: Viewer, principal_id: int, what: str) -> None:
    bus.announce(
        SettingsChanged(subject_id=principal_id, principal_id=principal_id, actor_id=viewer.user_id, what=what)
    )
