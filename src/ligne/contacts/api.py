"""Exchanges with customers, for programs. Their arrival needs a queue and is therefore routing's."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Status
from pydantic import Field

from ligne.contacts import reads, services
from ligne.contacts.models import CallBack, Contact, Message
from ligne.kit.api import REFUSALS, Id, Instant, Listed, Page, Schema, ShortText, Text, number_of, scoped, viewer
from ligne.kit.viewer import ADVISOR, SUPERVISOR

router = Router(tags=["contacts"])


class ContactFacts(Schema):
    """One exchange. Instants are UTC, null until they happen; `advisor` is who has it, by e-mail address."""

    id: int = Field(examples=[90211])
    state: str = Field(examples=["active"], description="waiting, offered, active, snoozed, wrap_up or closed")
    channel: str = Field(examples=["email"])
    direction: str = Field(examples=["in"])
    queue: str = Field(examples=["bleuet-courriel"])
    subject: str = Field(examples=["Ma facture de novembre"])
    customer_id: int | None = Field(examples=[4812])
    advisor: str | None = Field(examples=["conseiller@demo.test"])
    arrived_at: datetime
    offered_at: datetime | None = None
    accepted_at: datetime | None = None
    wrapped_up_at: datetime | None = None
    outcome: str | None = Field(examples=["resolved"])
    external_id: str = Field(examples=["shop-1201"])

    @staticmethod
    def resolve_advisor(contact: Contact) -> str | None:
        return contact.advisor.email if contact.advisor else None

    @staticmethod
    def resolve_outcome(contact: Contact) -> str | None:
        return contact.outcome or None


class MessageFacts(Schema):
    """What was said: by the customer (in), to them (out), among us (note), around the exchange (event)."""

    id: int = Field(examples=[55120])
    kind: str = Field(examples=["in"])
    author: str = Field(examples=["Anne Lefèvre"])
    subject: str = ""
    text: str = Field(examples=["Bonjour, je ne comprends pas ma facture."])
    sending: str | None = Field(default=None, examples=["sent"], description="what became of an outgoing message")
    created_at: datetime
    sent_at: datetime | None = None

    @staticmethod
    def resolve_author(message: Message) -> str:
        return message.author.name if message.author else message.author_name

    @staticmethod
    def resolve_sending(message: Message) -> str | None:
        return message.sending or None


class NewReply(Schema):
    """An answer to the customer; it leaves after the channel's undo delay or at `send_at`."""

    text: Text = Field(max_length=200_000, examples=["Bonjour Madame Lefèvre, voici le détail de votre facture."])
    subject: ShortText = ""
    send_at: Instant | None = None


class NewNote(Schema):
    """An internal note, never shown to the customer."""

    text: Text = Field(max_length=200_000, examples=["Veut être rappelée après 18 h."])


class WrapUp(Schema):
    """How the exchange ended. All but the summary are required; `reason` is one of the principal's reasons by slug."""

    reason: ShortText = Field(default="", examples=["facture"])
    outcome: ShortText = Field(examples=["resolved"])
    next_step: ShortText = Field(examples=["none"])
    summary: Text = Field(default="", max_length=20_000)


class CallBackFacts(Schema):
    """A promise to call somebody back within a window."""

    id: int = Field(examples=[311])
    state: str = Field(examples=["promised"], description="promised, in_progress, kept, broken or cancelled")
    phone: str = Field(examples=["+33612345678"])
    name: str
    topic: str
    queue: str = Field(examples=["bleuet-conseil"])
    customer_id: int | None
    window_start: datetime
    window_end: datetime
    attempts: int = Field(examples=[0])

    @staticmethod
    def resolve_customer_id(promise: CallBack) -> int | None:
        return promise.customer_id


class ContactsAsked(Page):
    """Narrowed by what is given."""

    customer_id: Id | None = None
    state: ShortText = ""
    channel: ShortText = ""


class CallBacksAsked(Schema):
    """Narrowed by what is given; `settled` adds those kept or cancelled."""

    customer_id: Id | None = None
    settled: bool = False


@router.get("/contacts", response={200: Listed[ContactFacts], **REFUSALS}, summary="Exchanges, newest first")
@scoped("contacts:read")
def list_contacts(request: HttpRequest, asked: Query[ContactsAsked]) -> Any:
    """Narrowed by what is given."""
    found = reads.visible(viewer(request)).select_related("advisor").order_by("-id")
    exact = {"customer_id": asked.customer_id, "state": asked.state, "channel": asked.channel}
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if (before := number_of(asked.cursor)) is not None:
        found = found.filter(pk__lt=before)
    page = list(found[: asked.limit + 1])
    return {"items": page[: asked.limit], "next": str(page[asked.limit - 1].pk) if len(page) > asked.limit else None}


@router.get("/contacts/{contact_id}", response={200: ContactFacts, **REFUSALS}, summary="One exchange")
@scoped("contacts:read")
def get_contact(request: HttpRequest, contact_id: Id) -> Any:
    """Its state and its times."""
    return reads.get(viewer(request), contact_id)


@router.get(
    "/contacts/{contact_id}/messages", response={200: Listed[MessageFacts], **REFUSALS}, summary="What was said"
)
@scoped("contacts:read")
def list_messages(request: HttpRequest, contact_id: Id) -> Any:
    """The whole thread, oldest first."""
    who = viewer(request)
    return {"items": reads.thread(who, reads.get(who, contact_id).pk), "next": None}


@router.post("/contacts/{contact_id}/replies", response={201: MessageFacts, **REFUSALS}, summary="Answer the customer")
@scoped("contacts:write", ADVISOR, SUPERVISOR)
def reply(request: HttpRequest, contact_id: Id, body: NewReply) -> Any:
    """Only whoever has the exchange in hand. What the law forbids is refused with every rule that does."""
    who = viewer(request)
    return Status(
        201,
        services.reply(who, contact_id=contact_id, text=body.text, subject=body.subject, send_at=body.send_at),
    )


@router.post("/contacts/{contact_id}/notes", response={201: MessageFacts, **REFUSALS}, summary="Write an internal note")
@scoped("contacts:write", ADVISOR, SUPERVISOR)
def note(request: HttpRequest, contact_id: Id, body: NewNote) -> Any:
    """Shown to colleagues, never to the customer."""
    return Status(201, services.note(viewer(request), contact_id=contact_id, text=body.text))


@router.post("/contacts/{contact_id}/wrap-up", response={200: ContactFacts, **REFUSALS}, summary="Close an exchange")
@scoped("contacts:write", ADVISOR, SUPERVISOR)
def wrap_up(request: HttpRequest, contact_id: Id, body: WrapUp) -> Any:
    """Refused, with nothing changed, until reason, outcome and next step are said."""
    who = viewer(request)
    contact = reads.get(who, contact_id)
    known = {reason.slug: reason.pk for reason in reads.reasons(who, contact.principal_id)}
    services.wrap_up(
        who,
        contact_id=contact_id,
        reason_id=known.get(body.reason),
        outcome=body.outcome,
        next_step=body.next_step,
        summary=body.summary,
    )
    return reads.get(who, contact_id)


@router.get("/call-backs", response={200: Listed[CallBackFacts], **REFUSALS}, summary="Promised calls, soonest first")
@scoped("contacts:read")
def list_call_backs(request: HttpRequest, asked: Query[CallBacksAsked]) -> Any:
    """At most 200."""
    found = reads.call_backs(viewer(request), open_only=not asked.settled, customer_id=asked.customer_id)
    return {"items": found, "next": None}


@router.delete(
    "/call-backs/{call_back_id}", response={200: CallBackFacts, **REFUSALS}, summary="Cancel a promised call"
)
@scoped("contacts:write")
def cancel_call_back(request: HttpRequest, call_back_id: Id) -> Any:
    """The promise stays in the history. Cancelling twice changes nothing; one that was kept is refused with 409."""
    return services.cancel_call_back(viewer(request), call_back_id=call_back_id, cause="api")
