"""Segments: the groups of customers that a principal treats alike."""

from __future__ import annotations

import re

from django.db import transaction

from ligne.customers.events import SegmentSet
from ligne.customers.models import Segment
from ligne.customers.services import doors
from ligne.kit import bus
from ligne.kit.errors import Invalid
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer

TONES = ("ok", "warn", "bad", "info", "mute")


def set_segment(viewer: Viewer, *, principal_id: int, slug: str, label: str, tone: str = "info") -> Segment:
    """Name the segment `slug` of a principal, or rename it. Raises `Invalid`, `Forbidden`, `NotFound`."""
    doors.writer(viewer, *doors.KEEPERS)
    doors.within(viewer, principal_id)
    if not re.fullmatch(r"[a-z0-9-]{1,40}", slug):
        raise Invalid(N_("A segment's code is made of small letters, digits and hyphens."), field="slug")
    if not label.strip() or tone not in TONES:
        raise Invalid(N_("A segment needs a name and one of the five tones."), field="label")
    with transaction.atomic():
        segment, _ = Segment.objects.update_or_create(
            principal_id=principal_id, slug=slug, defaults={"label": label.strip()[:80], "tone": tone}
        )
        bus.announce(
            SegmentSet(
                subject_id=segment.pk,
                principal_id=principal_id,
                actor_id=viewer.user_id,
                slug=slug,
                label=segment.label,
            )
        )
    return segment
