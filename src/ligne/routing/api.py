"""Queues, and what arrives in them, for programs.

An arrival names its queue, which contacts do not know: those operations join the addresses of contacts here.
"""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from ligne.contacts import reads as contacts
from ligne.contacts import services as contact_services
from ligne.contacts.api import CallBackFacts, ContactFacts
from ligne.contacts.api import router as contacts_router
from ligne.contacts.ports import Sender
from ligne.kit.api import REFUSALS, Id, Instant, Listed, Schema, ShortText, Text, scoped, viewer
from ligne.kit.errors import Invalid, NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, ADVISOR, SUPERVISOR, Viewer
from ligne.routing import reads
from ligne.routing.models import Queue

router = Router(tags=["queues"])


class QueueNow(Schema):
    """A queue as it stands. `oldest_wait` in seconds, null when nobody waits; `advisors` counts them by state."""

    id: int = Field(examples=[3])
    slug: str = Field(examples=["bleuet-conseil"])
    name: str = Field(examples=["Conseil"])
    principal: str = Field(examples=["Bleuet Télécom"])
    principal_id: int = Field(examples=[1])
    waiting: int = Field(examples=[4])
    oldest_wait: int | None = Field(alias="oldest_s", examples=[35])
    in_hand: int = Field(examples=[6])
    open: bool = Field(examples=[True])
    advisors: dict[str, int] = Field(examples=[{"available": 2, "break": 1}])


class From(Schema):
    """Who gets in touch; at least one of the three."""

    name: ShortText = Field(default="", examples=["Anne Lefèvre"])
    email: ShortText = Field(default="", examples=["anne.lefevre@exemple.test"])
    phone: ShortText = Field(default="", examples=["+33612345678"])


class Arrival(Schema):
    """A contact that arrives. The same `external_id` again answers with the contact that it made the first time."""

    channel: ShortText = Field(examples=["email"])
    queue: ShortText = Field(examples=["bleuet-courriel"])
    sender: From = Field(alias="from")
    subject: ShortText = Field(default="", examples=["Ma facture de novembre"])
    text: Text = Field(default="", max_length=500_000, examples=["Bonjour, je ne comprends pas ma facture."])
    external_id: ShortText = Field(default="", examples=["shop-1201"])


class NewCallBack(Schema):
    """A call to be promised. The same `external_id` promises once."""

    phone: ShortText = Field(examples=["06 12 34 56 78"])
    queue: ShortText = Field(examples=["bleuet-conseil"])
    window_start: Instant
    window_end: Instant
    name: ShortText = ""
    topic: ShortText = ""
    customer_id: Id | None = None
    external_id: Text = Field(default="", max_length=100)


@router.get("/queues", response={200: Listed[QueueNow], **REFUSALS}, summary="Queues as they stand", by_alias=False)
@scoped("queues:read")
def list_queues(request: HttpRequest) -> Any:
    """Every queue of the principals served."""
    return {"items": reads.queues(viewer(request)), "next": None}


@contacts_router.post(
    "/contacts",
    response={201: ContactFacts, 200: ContactFacts, **REFUSALS},
    summary="A contact arrives",
)
@scoped("contacts:write", ADVISOR, SUPERVISOR, ADMINISTRATOR)
def arrive(request: HttpRequest, body: Arrival) -> Any:
    """It is identified and placed in its queue. 201: it is new; 200: it arrived before."""
    who = viewer(request)
    sender = body.sender
    if not (sender.name or sender.email or sender.phone):
        raise Invalid(N_("Say who gets in touch: a telephone, an e-mail address or a name."), field="from")
    contact = contact_services.arrive(
        who,
        principal_id=_queue(who, body.queue).principal_id,
        channel=body.channel,
        queue=body.queue,
        sender=Sender(name=sender.name, email=sender.email, phone=sender.phone),
        subject=body.subject,
        text=body.text,
        external_id=body.external_id,
    )
    return Status(201 if contact.is_new else 200, contacts.get(who, contact.pk))


@contacts_router.post("/call-backs", response={201: CallBackFacts, **REFUSALS}, summary="Promise a call")
@scoped("contacts:write", ADVISOR, SUPERVISOR, ADMINISTRATOR)
def promise_call_back(request: HttpRequest, body: NewCallBack) -> Any:
    """The queue calls within the window; a promise that is not kept in time is told on the floor."""
    who = viewer(request)
    facts = body.model_dump(exclude={"queue"})
    promise = contact_services.promise_call_back(
        who, principal_id=_queue(who, body.queue).principal_id, queue=body.queue, **facts
    )
    return Status(201, promise)


def _queue(who: Viewer, slug: str) -> Queue:
    try:
        return reads.queue(who, slug)
    except NotFound:
        raise Invalid(N_("There is no queue called “%(queue)s”."), field="queue", queue=slug) from None
