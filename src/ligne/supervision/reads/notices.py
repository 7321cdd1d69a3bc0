"""Messages to the team: those one has to read, those one wrote."""

from __future__ import annotations

from django.db.models import Count

from ligne.kit.viewer import Viewer
from ligne.supervision.models import Notice, NoticeReader
from ligne.supervision.reads.counts import lead


def unread(viewer: Viewer) -> list[NoticeReader]:
    """What the viewer has not said they read, oldest first."""
    if viewer.user_id is None:
        return []
    found = NoticeReader.objects.filter(user_id=viewer.user_id, read_at__isnull=True)
    return list(found.select_related("notice__author").order_by("notice__at", "notice_id"))


def published(viewer: Viewer, limit: int = 5) -> list[Notice]:
    """The viewer's last messages, with how many read them (`seen`) of how many (`asked`)."""
    lead(viewer)
    found = Notice.objects.filter(author_id=viewer.user_id).annotate(
        asked=Count("readers"), seen=Count("readers__read_at")
    )
    return list(found.order_by("-at")[:limit])
