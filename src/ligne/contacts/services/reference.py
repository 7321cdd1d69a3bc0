"""What a principal decides about its exchanges: reasons for contact and replies ready to adapt."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from ligne.contacts.events import SettingsChanged
from ligne.contacts.models import Reason, Template
from ligne.contacts.ports import channels
from ligne.kit import bus
from ligne.kit.errors import Forbidden, Invalid, NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, SUPERVISOR, Viewer


def _may(viewer: Viewer, principal_id: int) -> None:
    if not viewer.sees(principal_id):
        raise NotFound
    if not viewer.has_role(ADMINISTRATOR, SUPERVISOR):
        raise Forbidden


@transaction.atomic
def put_reason(
    viewer: Viewer,
    *,
    principal_id: int,
    slug: str,
    label: str,
    parent: str = "",
    order: int = 100,
    active: bool = True,
) -> Reason:
    """Add or change the reason `slug`; `parent` is the slug of its heading (two levels, no more)."""
    _may(viewer, principal_id)
    label = label.strip()
    if not label:
        raise Invalid(N_("A reason needs a name. Nothing was saved."), field="label")
    heading = None
    if parent:
        heading = Reason.objects.filter(principal_id=principal_id, slug=parent).first()
        if heading is None or heading.parent_id is not None or heading.slug == slug:
            raise Invalid(N_("Choose a heading among the first-level reasons. Nothing was saved."), field="parent")
    reason, _ = Reason.objects.update_or_create(
        principal_id=principal_id,
        slug=slug,
        defaults={"label": label[:120], "parent": heading, "order": order, "active": active},
    )
    _announce(viewer, principal_id, f"reason:{slug}")
    return reason


@transaction.atomic
def put_template(
    viewer: Viewer,
    *,
    principal_id: int,
    shortcut: str,
    title: str,
    text: str,
    for_channels: Sequence[str] = (),
) -> Template:
    """Add or change the reply template `shortcut`; `for_channels` empty: every channel."""
    _may(viewer, principal_id)
    if not title.strip() or not text.strip():
        raise Invalid(N_("A template needs a title and a text. Nothing was saved."), field="text")
    unknown = [c for c in for_channels if c not in channels]
    if unknown:
        raise Invalid(N_("There is no channel called “%(channel)s”."), field="channels", channel=unknown[0])
    template, _ = Template.objects.update_or_create(
        principal_id=principal_id,
        shortcut=shortcut,
        defaults={"title": title.strip()[:120], "text": text, "channels": list(for_channels)},
    )
    _announce(viewer, principal_id, f"template:{shortcut}")
    return template


def _announce(viewer: Viewer, principal_id: int, what: str) -> None:
    bus.announce(
        SettingsChanged(subject_id=principal_id, principal_id=principal_id, actor_id=viewer.user_id, what=what)
    )
