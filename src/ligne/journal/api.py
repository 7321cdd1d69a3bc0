"""The trace, and webhooks, for programs."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from ligne.journal import reads
from ligne.kit.api import REFUSALS, Id, Instant, Listed, Page, Schema, ShortText, number_of, scoped, viewer

router = Router(tags=["journal"])


class EntryFacts(Schema):
    """What happened. `data` holds nothing personal; `personal` is empty once the person was forgotten (`erased`)."""

    id: int = Field(examples=[120934])
    at: datetime
    kind: str = Field(examples=["contact.arrived"])
    actor_id: int | None = Field(examples=[12])
    actor_kind: str = Field(examples=["person"], description="person, program or system")
    principal_id: int | None = Field(examples=[1])
    customer_id: int | None = Field(examples=[4812])
    subject_type: str = Field(examples=["contact"])
    subject_id: int = Field(examples=[90211])
    data: dict[str, Any]
    personal: dict[str, Any]
    erased: bool


class EntriesAsked(Page):
    """Narrowed by what is given; `subject_type` and `subject_id` together."""

    customer_id: Id | None = None
    kind: ShortText = Field(default="", examples=["contact.arrived"])
    subject_type: ShortText = Field(default="", examples=["contact"])
    subject_id: Id | None = None
    since: Instant | None = None
    until: Instant | None = None


@router.get("/journal", response={200: Listed[EntryFacts], **REFUSALS}, summary="The trace, newest first")
@scoped("journal:read")
def list_entries(request: HttpRequest, asked: Query[EntriesAsked]) -> Any:
    """Entries of the principals served."""
    subject = (asked.subject_type, asked.subject_id) if asked.subject_id is not None else None
    page = reads.entries(
        viewer(request),
        customer_id=asked.customer_id,
        kinds=[asked.kind] if asked.kind else None,
        subject=subject,
        since=asked.since,
        until=asked.until,
        before=number_of(asked.cursor),
        limit=asked.limit + 1,
    )
    return {"items": page[: asked.limit], "next": str(page[asked.limit - 1].id) if len(page) > asked.limit else None}
