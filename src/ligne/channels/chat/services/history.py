"""Pages of conversations that were held elsewhere or before: for the demo and for imports."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ligne.channels.chat.models import ChatSession
from ligne.kit.errors import NotFound
from ligne.kit.viewer import Viewer


@dataclass(frozen=True, slots=True)
class PastPage:
    """The page of a conversation that is over; `contact_id` is its contact."""

    contact_id: int
    queue: str
    name: str
    email: str
    page_url: str
    page_title: str
    started_at: datetime
    ended_at: datetime


def load_history(viewer: Viewer, *, principal_id: int, pages: Iterable[PastPage]) -> int:
    """Keep the pages of past conversations, known by no token any more; returns how many. Raises `NotFound`."""
    if not viewer.sees(principal_id):
        raise NotFound
    made = ChatSession.objects.bulk_create(
        (
            ChatSession(
                principal_id=principal_id,
                contact_id=page.contact_id,
                token_hash=hashlib.sha256(secrets.token_bytes(32)).hexdigest(),
                queue=page.queue,
                name=page.name[:200],
                email=page.email[:254],
                page_url=page.page_url[:1000],
                page_title=page.page_title[:300],
                started_at=page.started_at,
                last_seen_at=page.ended_at,
                ended_at=page.ended_at,
                ended_by=ChatSession.EndedBy.CUSTOMER,
            )
            for page in pages
        ),
        batch_size=500,
    )
    return len(made)
