"""What an advisor does with the exchange in hand, besides answering."""

from __future__ import annotations

from django.db import transaction

from ligne.contacts.events import CustomerChosen, IdentityProven, NoteWritten
from ligne.contacts.models import Contact, Draft, Message
from ligne.contacts.services.arrival import MAX_TEXT
from ligne.contacts.services.mentions import tell_who_is_named
from ligne.contacts.services.passages import in_hand, locked_for, tell_screens
from ligne.customers import reads as customers
from ligne.kit import bus, clock, sql
from ligne.kit.errors import Conflict, Invalid
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer

_READ = """
UPDATE contacts_contact SET unread = 0
 WHERE id = %(contact)s AND advisor_id = %(person)s AND principal_id = ANY(%(houses)s) AND unread > 0
"""
PROOFS = ("proven", "failed", "not_needed")


@transaction.atomic
def note(viewer: Viewer, *, contact_id: int, text: str) -> Message:
    """An internal note, never shown to the customer; anyone who sees the contact may write one. Colleagues whom it
    names (`@Yanis Roche`) and who may read the exchange are told."""
    text = text.replace("\x00", "").strip()
    if not text:
        raise Invalid(N_("The note is empty. Nothing was saved."), field="text")
    contact = locked_for(viewer, contact_id)
    message = Message.objects.create(
        principal_id=contact.principal_id,
        contact=contact,
        kind=Message.Kind.NOTE,
        author_id=viewer.user_id,
        text=text[:MAX_TEXT],
        created_at=clock.now(),
    )
    bus.announce(
        NoteWritten(
            subject_id=contact.pk,
            principal_id=contact.principal_id,
            customer_id=contact.customer_id,
            actor_id=viewer.user_id,
            message_id=message.pk,
        )
    )
    tell_who_is_named(viewer, contact, message)
    tell_screens(contact)
    return message


@transaction.atomic
def tell(viewer: Viewer, *, contact_id: int, text: str, detail: str = "") -> Message:
    """A thin line in the thread saying what happened around the exchange ("the customer is disconnected").

    `text` is a sentence marked with `N_`: it is translated when it is shown. `detail` follows it as it is: an amount, a
    reference; an erasure removes it.
    """
    contact = locked_for(viewer, contact_id)
    message = Message.objects.create(
        principal_id=contact.principal_id,
        contact=contact,
        kind=Message.Kind.EVENT,
        author_id=viewer.user_id,
        text=text,
        subject=detail[:300],
        created_at=clock.now(),
    )
    tell_screens(contact)
    return message


@transaction.atomic
def save_draft(viewer: Viewer, *, contact_id: int, text: str, version: int) -> int:
    """Keep the reply as it is typed and return its new version.

    `version` is the one the page knows. A page that is late raises `Conflict`: the text on the server stays as it is.
    """
    contact = locked_for(viewer, contact_id)
    draft, _ = Draft.objects.get_or_create(
        contact=contact, defaults={"principal_id": contact.principal_id, "updated_at": clock.now()}
    )
    text = text.replace("\x00", "")[:MAX_TEXT]
    if draft.text == text:
        return draft.version
    if draft.version != version:
        raise Conflict(
            N_("This draft was changed elsewhere. Nothing was overwritten: here is the text that is kept."),
            field="text",
        )
    draft.text, draft.version = text, version + 1
    draft.author_id, draft.updated_at = viewer.user_id, clock.now()
    draft.save()
    return draft.version


def seen(viewer: Viewer, *, contact_id: int) -> None:
    """The advisor who has the contact looked at it: nothing is unread any more."""
    given = {"contact": contact_id, "person": viewer.user_id, "houses": list(viewer.principals)}
    sql.do(_READ, given)


@transaction.atomic
def choose_customer(viewer: Viewer, *, contact_id: int, customer_id: int) -> Contact:
    """Tie the contact to a file of the same principal: chosen among candidates, found, or just created."""
    contact = in_hand(viewer, contact_id)
    customer = customers.get(viewer, customer_id)
    if customer.principal_id != contact.principal_id:
        raise Invalid(N_("This customer belongs to another company. Nothing was changed."), field="customer")
    if contact.customer_id == customer.pk:
        return contact
    contact.customer_id = customer.pk
    contact.identification = {
        **contact.identification,
        "state": "certain",
        "customer_id": customer.pk,
        "by": viewer.user_id,
    }
    contact.identity_proof = ""  # it was another person's
    contact.save(update_fields=["customer", "identification", "identity_proof"])
    bus.announce(
        CustomerChosen(
            subject_id=contact.pk,
            principal_id=contact.principal_id,
            customer_id=customer.pk,
            actor_id=viewer.user_id,
        )
    )
    tell_screens(contact)
    return contact


@transaction.atomic
def prove_identity(viewer: Viewer, *, contact_id: int, outcome: str) -> Contact:
    """Trace the outcome of the identity questions: "proven", "failed" or "not_needed"."""
    if outcome not in PROOFS:
        raise Invalid(N_("Say whether the identity was proven. Nothing was saved."), field="outcome")
    contact = in_hand(viewer, contact_id)
    if contact.customer_id is None:
        raise Invalid(N_("Choose the customer first. Nothing was saved."), field="customer")
    contact.identity_proof = outcome
    contact.save(update_fields=["identity_proof"])
    bus.announce(
        IdentityProven(
            subject_id=contact.pk,
            principal_id=contact.principal_id,
            customer_id=contact.customer_id,
            actor_id=viewer.user_id,
            outcome=outcome,
        )
    )
    tell_screens(contact)
    return contact
