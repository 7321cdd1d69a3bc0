"""Segments: the groups of customers that a principal treats alike."""

from __future__ import annotations

import re

from django.db import transaction

from ligne.customers.events import SegmentSet
from ligne.customers.models import Segment
from ligne.customers.rules.facts import TONES
from ligne.customers.services import doors
from ligne.kit import bus
from ligne.kit.errors import Conflict, Invalid
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer


def set_segment(
    viewer: Viewer,
    *,
    principal_id: int,
    slug: str,
    label: str,
    tone: str = "info",
    active: bool = True,
    version: int | None = None,
) -> Segment:
    """Name the segment `slug` of a principal, rename or retire it. Files that bear it keep it.

    A form names the `version` it was made from, 0 for a segment to make; without one (demo, programs) what is there is
    changed as it stands. Raises `Invalid`, `Conflict`, `Forbidden`, `NotFound`.
    """
    doors.writer(viewer, *doors.KEEPERS)
    doors.within(viewer, principal_id)
    if not re.fullmatch(r"[a-z0-9-]{1,40}", slug):
        raise Invalid(N_("A segment's code is made of small letters, digits and hyphens."), field="slug")
    if not label.strip() or tone not in TONES:
        raise Invalid(N_("A segment needs a name and one of the five tones."), field="label")
    with transaction.atomic():
        known = Segment.objects.select_for_update().filter(principal_id=principal_id, slug=slug).first()
        if version == 0 and known is not None:
            raise Invalid(N_("Another segment has this code. Nothing was saved."), field="slug")
        if version and (known is None or known.version != version):
            raise Conflict
        segment = known or Segment(principal_id=principal_id, slug=slug, version=0)
        segment.label, segment.tone, segment.active = label.strip()[:80], tone, active
        segment.version += 1
        segment.save()
        bus.announce(
            SegmentSet(
                subject_id=segment.pk,
                principal_id=principal_id,
                actor_id=viewer.user_id,
                slug=slug,
                label=segment.label,
                active=active,
            )
        )
    return segment
