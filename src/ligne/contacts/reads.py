"""Questions about exchanges. Each takes the viewer: what they may not see does not exist."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext

from ligne.contacts.models import Attachment, CallBack, Contact, Draft, Message, Reason, Template
from ligne.contacts.ports import channels
from ligne.contacts.rules import filling, states, wrapup
from ligne.customers.ports import ContactFacts, TimelineEntry
from ligne.kit.errors import NotFound
from ligne.kit.viewer import Viewer


def visible(viewer: Viewer) -> QuerySet[Contact]:
    """The contacts that exist for this viewer."""
    return Contact.objects.filter(principal_id__in=viewer.principals)


def get(viewer: Viewer, contact_id: int) -> Contact:
    """One contact with its customer, advisor, principal and reason. Raises `NotFound`."""
    contact = (
        visible(viewer)
        .select_related("customer", "advisor", "principal", "reason", "reason__parent")
        .filter(pk=contact_id)
        .first()
    )
    if contact is None:
        raise NotFound
    return contact


def thread(viewer: Viewer, contact_id: int) -> list[Message]:
    """All that was said in the exchange, oldest first, with authors and files: two queries."""
    return list(
        Message.objects.filter(contact_id=contact_id, principal_id__in=viewer.principals)
        .select_related("author")
        .prefetch_related(Prefetch("attachments", queryset=Attachment.objects.order_by("id")))
        .order_by("created_at", "id")
    )


def message(viewer: Viewer, message_id: int) -> Message:
    """One message. Raises `NotFound`."""
    found = Message.objects.filter(pk=message_id, principal_id__in=viewer.principals).select_related("contact").first()
    if found is None:
        raise NotFound
    return found


def attachment(viewer: Viewer, attachment_id: int) -> Attachment:
    """One file of an exchange. Raises `NotFound`."""
    found = Attachment.objects.filter(pk=attachment_id, principal_id__in=viewer.principals).first()
    if found is None:
        raise NotFound
    return found


def pending_files(viewer: Viewer, contact_id: int) -> list[Attachment]:
    """Files kept for the reply being written."""
    found = Attachment.objects.filter(contact_id=contact_id, principal_id__in=viewer.principals, message=None)
    return list(found.order_by("id"))


def of_customer(viewer: Viewer, customer_id: int, limit: int = 50) -> list[Contact]:
    """The customer's exchanges, newest first."""
    return list(
        visible(viewer)
        .filter(customer_id=customer_id)
        .select_related("advisor", "reason", "reason__parent")
        .order_by("-arrived_at")[:limit]
    )


def open_of(viewer: Viewer, advisor_id: int) -> list[Contact]:
    """What an advisor has in hand, oldest first."""
    return list(
        visible(viewer)
        .filter(advisor_id=advisor_id, state__in=states.OPEN)
        .select_related("customer", "principal")
        .order_by("accepted_at", "id")
    )


def reasons(viewer: Viewer, principal_id: int) -> list[Reason]:
    """The principal's reasons for contact that may be chosen, parents before children.

    A heading out of service takes the reasons under it along.
    """
    return [r for r in every_reason(viewer, principal_id) if r.active and (r.parent is None or r.parent.active)]


def every_reason(viewer: Viewer, principal_id: int) -> list[Reason]:
    """The principal's reasons for contact, those out of service included, parents before children."""
    if not viewer.sees(principal_id):
        raise NotFound
    return sorted(Reason.objects.filter(principal_id=principal_id).select_related("parent"), key=_place)


def _place(reason: Reason) -> tuple[object, ...]:
    heading = reason.parent or reason
    return (heading.order, heading.label, heading.pk, reason.parent_id is not None, reason.order, reason.label)


def reason(viewer: Viewer, reason_id: int) -> Reason:
    """One reason with its heading and principal. Raises `NotFound`."""
    found = Reason.objects.filter(pk=reason_id, principal_id__in=viewer.principals)
    one = found.select_related("parent", "principal").first()
    if one is None:
        raise NotFound
    return one


def templates(viewer: Viewer, principal_id: int, channel: str = "") -> list[Template]:
    """Replies ready to adapt, for one channel."""
    if not viewer.sees(principal_id):
        raise NotFound
    found = Template.objects.filter(principal_id=principal_id)
    return [t for t in found if not channel or not t.channels or channel in t.channels]


def template(viewer: Viewer, template_id: int) -> Template:
    """One reply template with its principal. Raises `NotFound`."""
    found = Template.objects.filter(pk=template_id, principal_id__in=viewer.principals).select_related("principal")
    one = found.first()
    if one is None:
        raise NotFound
    return one


def filled(viewer: Viewer, template_id: int, contact: Contact) -> str:
    """The template's text with the facts of the contact's customer, advisor and principal."""
    template = Template.objects.filter(pk=template_id, principal_id=contact.principal_id).first()
    if template is None or not viewer.sees(contact.principal_id):
        raise NotFound
    return filling.fill(template.text, facts_for_reply(contact))


def facts_for_reply(contact: Contact) -> dict[str, str]:
    """What fills the slots of a reply template (`rules.filling.SLOTS`) in this exchange; "" where nothing is known."""
    customer = contact.customer
    return {
        "civilite": customer.civility if customer else "",
        "prenom": customer.first_name if customer else "",
        "nom": (customer.last_name or customer.company_name) if customer else contact.from_name,
        "client": customer.display_name if customer else contact.from_name,
        "societe": contact.principal.name,
        "conseiller": contact.advisor.name if contact.advisor else "",
        "numero": str(contact.pk),
    }


def draft(viewer: Viewer, contact_id: int) -> tuple[str, int]:
    """The reply being typed and its version; ("", 0) when there is none."""
    found = Draft.objects.filter(contact_id=contact_id, principal_id__in=viewer.principals).first()
    return (found.text, found.version) if found else ("", 0)


def call_backs(
    viewer: Viewer,
    *,
    open_only: bool = True,
    owner_id: int | None = None,
    customer_id: int | None = None,
    due: tuple[datetime, datetime] | None = None,
) -> list[CallBack]:
    """Promises to call, soonest first; `due` keeps those whose window ends within [start, end[."""
    found = CallBack.objects.filter(principal_id__in=viewer.principals).select_related("customer", "owner")
    if open_only:
        found = found.exclude(state__in=[CallBack.State.KEPT, CallBack.State.CANCELLED])
    if owner_id is not None:
        found = found.filter(owner_id=owner_id)
    if customer_id is not None:
        found = found.filter(customer_id=customer_id)
    if due is not None:
        found = found.filter(window_end__gte=due[0], window_end__lt=due[1])
    return list(found.order_by("window_start")[:200])


def call_back(viewer: Viewer, call_back_id: int) -> CallBack:
    """One promise. Raises `NotFound`."""
    found = CallBack.objects.filter(pk=call_back_id, principal_id__in=viewer.principals).first()
    if found is None:
        raise NotFound
    return found


def call_back_asked_as(viewer: Viewer, external_id: str) -> CallBack | None:
    """The promise that was asked for under this id, when there is one."""
    if not external_id:
        return None
    return CallBack.objects.filter(principal_id__in=viewer.principals, external_id=external_id).first()


def call_back_of(viewer: Viewer, contact_id: int) -> CallBack | None:
    """The promise that this exchange keeps, if it is the call of one."""
    return CallBack.objects.filter(contact_id=contact_id, principal_id__in=viewer.principals).first()


def timeline(viewer: Viewer, customer_id: int, before: datetime | None = None, limit: int = 30) -> list[TimelineEntry]:
    """The exchanges of a customer as entries of their history; registered in `customers.ports.timeline_sources`."""
    found = visible(viewer).filter(customer_id=customer_id)
    if before is not None:
        found = found.filter(arrived_at__lt=before)
    rows = found.select_related("advisor", "reason", "reason__parent").order_by("-arrived_at")[:limit]
    return [_entry(contact) for contact in rows]


def facts_for_file(viewer: Viewer, contact_id: int) -> ContactFacts:
    """What the exchange knows of its person, for their file; registered in `customers.ports.contact_sources`."""
    contact = get(viewer, contact_id)
    return ContactFacts(
        contact_id=contact.pk,
        principal_id=contact.principal_id,
        customer_id=contact.customer_id,
        name=contact.from_name,
        email=contact.from_email,
        phone=contact.from_phone,
        proof=contact.identity_proof,
    )


def _entry(contact: Contact) -> TimelineEntry:
    traits = channels.get(contact.channel).traits if contact.channel in channels else None
    label = gettext(traits.label) if traits else contact.channel
    closed = contact.state == states.CLOSED
    words = wrapup.OUTCOME_LABELS.get(contact.outcome, "") if closed else states.LABELS[contact.state]
    tone = {"resolved": "ok", "abandoned": "bad", "": "info"}.get(contact.outcome, "mute") if closed else "info"
    detail = [str(contact.reason) if contact.reason else "", contact.advisor.name if contact.advisor else ""]
    return TimelineEntry(
        at=contact.arrived_at,
        icon=traits.icon if traits else "message",
        title=f"{label} · {contact.subject}" if contact.subject else label,
        detail=" · ".join(d for d in detail if d),
        badge=gettext(words) if words else "",
        tone=tone,
        url=reverse("contacts:exchange", args=[contact.pk]),
    )


def due_call_backs(now: datetime, limit: int = 200) -> list[CallBack]:
    """Promises of every principal whose window has begun and that nobody keeps yet, soonest end first; for routing."""
    waiting = CallBack.objects.filter(
        state__in=[CallBack.State.PROMISED, CallBack.State.BROKEN], window_start__lte=now
    ).exclude(contact__isnull=False, contact__state__in=states.OPEN)
    return list(waiting.order_by("window_end", "id")[:limit])


def late_call_backs(now: datetime, limit: int = 200) -> list[int]:
    """Ids of promises whose window ended before any advisor took the call, not yet told as broken; for routing."""
    late = CallBack.objects.filter(
        Q(contact__isnull=True) | Q(contact__accepted_at__isnull=True),
        state__in=[CallBack.State.PROMISED, CallBack.State.IN_PROGRESS],
        window_end__lte=now,
        breached_at__isnull=True,
    )
    return list(late.order_by("window_end").values_list("id", flat=True)[:limit])
