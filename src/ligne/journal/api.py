"""The trace, and webhooks, for programs."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Status
from pydantic import Field

from ligne.journal import reads
from ligne.journal.services import webhooks
from ligne.kit.api import REFUSALS, Id, Instant, Listed, Page, Schema, ShortText, Text, number_of, scoped, viewer
from ligne.kit.errors import Invalid
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR

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


class WebhookFacts(Schema):
    """An address that is told what happens. The secret is shown once, when it is subscribed."""

    id: int = Field(examples=[4])
    url: str = Field(examples=["https://crm.exemple.test/ligne"])
    principal_id: int = Field(examples=[1])
    kinds: list[str] = Field(examples=[["contact.arrived", "contact.closed"]], description="empty: every kind")
    personal: bool = Field(examples=[False])
    active: bool = Field(examples=[True])
    created_at: datetime


class WebhookMade(WebhookFacts):
    """A webhook with its secret, by which `Ligne-Signature` is verified. Keep it: it is not shown again."""

    secret: str = Field(examples=["whsec_4Jx…"])


Kinds = Annotated[list[ShortText], Field(max_length=200)]


class NewWebhook(Schema):
    """An address to be told; `principal_id` when several are served."""

    url: Text = Field(max_length=500, examples=["https://crm.exemple.test/ligne"])
    principal_id: Id | None = Field(default=None, examples=[1])
    kinds: Kinds = Field(default=[], examples=[["contact.arrived"]])
    personal: bool = False


class WebhookChange(Schema):
    """What is to be different; what is left out stays."""

    url: Annotated[Text, Field(max_length=500)] | None = None
    kinds: Kinds | None = None
    personal: bool | None = None
    active: bool | None = None


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


@router.get("/webhooks", response={200: Listed[WebhookFacts], **REFUSALS}, tags=["webhooks"], summary="Webhooks")
@scoped("webhooks:write", ADMINISTRATOR)
def list_webhooks(request: HttpRequest) -> Any:
    """Those of the principals served."""
    return {"items": reads.subscriptions(viewer(request)), "next": None}


@router.post("/webhooks", response={201: WebhookMade, **REFUSALS}, tags=["webhooks"], summary="Subscribe a webhook")
@scoped("webhooks:write", ADMINISTRATOR)
def subscribe(request: HttpRequest, body: NewWebhook) -> Any:
    """https only, and never an address inside the centre's own network."""
    who = viewer(request)
    principal_id = body.principal_id or (next(iter(who.principals)) if len(who.principals) == 1 else None)
    if principal_id is None:
        raise Invalid(N_("Say for which principal, by its number."), field="principal_id")
    secret, row = webhooks.subscribe(
        who, principal_id=principal_id, url=body.url, kinds=body.kinds, personal=body.personal
    )
    return Status(201, WebhookFacts.from_orm(row).dict() | {"secret": secret})


@router.get("/webhooks/{webhook_id}", response={200: WebhookFacts, **REFUSALS}, tags=["webhooks"], summary="A webhook")
@scoped("webhooks:write", ADMINISTRATOR)
def get_webhook(request: HttpRequest, webhook_id: Id) -> Any:
    """Without its secret."""
    return reads.subscription(viewer(request), webhook_id)


@router.patch(
    "/webhooks/{webhook_id}", response={200: WebhookFacts, **REFUSALS}, tags=["webhooks"], summary="Change a webhook"
)
@scoped("webhooks:write", ADMINISTRATOR)
def change_webhook(request: HttpRequest, webhook_id: Id, body: WebhookChange) -> Any:
    """`active` false pauses it: what happens meanwhile is not told later."""
    return webhooks.change(viewer(request), subscription_id=webhook_id, **body.model_dump(exclude_unset=True))


@router.delete(
    "/webhooks/{webhook_id}", response={204: None, **REFUSALS}, tags=["webhooks"], summary="Unsubscribe a webhook"
)
@scoped("webhooks:write", ADMINISTRATOR)
def unsubscribe(request: HttpRequest, webhook_id: Id) -> Any:
    """What still waited for it is dropped."""
    webhooks.unsubscribe(viewer(request), subscription_id=webhook_id)
    return Status(204, None)
