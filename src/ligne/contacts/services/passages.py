"""Moving a contact from state to state, up to its end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from ligne.contacts import words
from ligne.contacts.events import ContactMoved
from ligne.contacts.models import Contact
from ligne.contacts.ports import channels
from ligne.contacts.rules import states
from ligne.kit import bus, clock, live, locks, sql
from ligne.kit.errors import Forbidden, Invalid, NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer


def lock_contact(contact_id: int) -> Contact:
    """Lock the contact's row (third in the order of `kit.locks`) and return it fresh. Raises `NotFound`."""
    return locks.row(Contact, pk=contact_id)


def locked_for(viewer: Viewer, contact_id: int) -> Contact:
    """`lock_contact`, for a viewer: what they may not see does not exist."""
    contact = lock_contact(contact_id)
    if not viewer.sees(contact.principal_id):
        raise NotFound
    return contact


def in_hand(viewer: Viewer, contact_id: int) -> Contact:
    """Lock a contact that the viewer handles. Raises `Forbidden` when it is with somebody else or with nobody."""
    contact = locked_for(viewer, contact_id)
    if viewer.user_id is not None and contact.advisor_id != viewer.user_id:
        raise Forbidden(N_("This contact is not with you any more. Nothing was changed; your text is kept as a draft."))
    return contact


def tell_screens(contact: Contact, *advisor_ids: int | None) -> None:
    """Let the pages that show this contact ask for it again."""
    for advisor_id in {contact.advisor_id, *advisor_ids} - {None}:
        live.push(f"user:{advisor_id}", f"contact-{contact.pk}")
        live.push(f"user:{advisor_id}", "work")
    live.push(f"floor:{contact.principal_id}", "board")


def set_queue(contact_id: int, slug: str) -> None:
    """Write the queue it was placed in, a fact of its trace."""
    sql.do("UPDATE contacts_contact SET queue = %(slug)s WHERE id = %(contact)s", {"slug": slug, "contact": contact_id})


def name_thread(contact_id: int, thread: str) -> None:
    """Give a contact that has none the name by which its channel will know later messages of the exchange."""
    Contact.objects.filter(pk=contact_id, thread="").update(thread=thread)


def set_queues(slugs: Mapping[int, str]) -> None:
    """`set_queue` for many, as {contact id: slug}; those that stand there already are left as they are."""
    sql.do(
        """
        UPDATE contacts_contact AS contact SET queue = placed.slug
          FROM unnest(%(ids)s::bigint[], %(slugs)s::text[]) AS placed(id, slug)
         WHERE contact.id = placed.id AND contact.queue <> placed.slug
        """,
        {"ids": sql.array(slugs), "slugs": list(slugs.values())},
        planned=False,
    )


@transaction.atomic
def move(
    viewer: Viewer,
    *,
    contact_id: int,
    passage: str,
    advisor_id: int | None = None,
    queue: str = "",
    cause: str = "",
) -> Contact:
    """Take `passage` (see `contacts.rules.states`), stamp its time and announce it; for routing.

    `advisor_id` is who it is offered to or who takes it. Raises `Conflict` when the contact is in another state.
    """
    contact = locked_for(viewer, contact_id)
    return apply(
        contact,
        passage,
        now=clock.now(),
        actor=viewer.user_id,
        advisor_id=advisor_id,
        queue=queue,
        cause=cause,
    )


def apply(
    contact: Contact,
    passage: str,
    *,
    now: datetime,
    actor: int | None,
    advisor_id: int | None = None,
    queue: str = "",
    cause: str = "",
) -> Contact:
    """`move` on a contact that is locked already."""
    before, before_advisor = contact.state, contact.advisor_id
    contact.state = states.after(before, passage)
    changed = ["state"]
    if passage in {"offer", "take"}:
        if advisor_id is None:
            raise ValueError(f"{passage} needs an advisor")
        contact.advisor_id = advisor_id
        changed.append("advisor_id")
    if passage in {"withdraw", "requeue"}:
        contact.advisor_id = None
        changed.append("advisor_id")
    if queue:
        contact.queue = queue
        changed.append("queue")
    stamp = {"offer": "offered_at", "accept": "accepted_at", "take": "accepted_at", "end": "ended_at"}.get(passage)
    # The first acceptance counts for the service level; a transfer does not start the wait again.
    if stamp and (stamp != "accepted_at" or contact.accepted_at is None):
        setattr(contact, stamp, now)
        changed.append(stamp)
    sql.update(contact, *changed)
    bus.announce(
        ContactMoved(
            subject_id=contact.pk,
            principal_id=contact.principal_id,
            customer_id=contact.customer_id,
            actor_id=actor,
            passage=passage,
            came_from=before,
            state=contact.state,
            advisor_id=contact.advisor_id or before_advisor,
            queue=contact.queue,
            cause=cause,
        )
    )
    tell_screens(contact, before_advisor)
    return contact


def offer_many(chosen: Mapping[int, int]) -> set[int]:
    """`move` with the passage "offer" for many contacts, as {contact id: advisor id}, in a few statements. Stands in a
    transaction; returns the contacts that were still waiting and now are offered, the others are left as they are."""
    offered = sql.rows(
        _OFFER,
        {
            "ids": sql.array(chosen),
            "advisors": sql.array(chosen.values()),
            "from": words.WAITING,
            "to": states.after(words.WAITING, "offer"),
            "now": clock.now(),
        },
        planned=False,
    )
    bus.announce_many(
        [
            ContactMoved(
                subject_id=contact_id,
                principal_id=principal_id,
                customer_id=customer_id,
                passage="offer",
                came_from=words.WAITING,
                state=state,
                advisor_id=advisor_id,
                queue=queue,
            )
            for contact_id, principal_id, customer_id, state, advisor_id, queue in offered
        ]
    )
    for contact_id, principal_id, _, _, advisor_id, _ in offered:
        live.push_many(
            [
                (f"user:{advisor_id}", f"contact-{contact_id}", {}),
                (f"user:{advisor_id}", "work", {}),
                (f"floor:{principal_id}", "board", {}),
            ]
        )
    return {row[0] for row in offered}


# Locked in the order of their ids before any of them is written.
_OFFER = """
WITH waiting AS MATERIALIZED (
    SELECT contact.id, chosen.advisor_id
      FROM unnest(%(ids)s::bigint[], %(advisors)s::bigint[]) AS chosen(id, advisor_id)
      JOIN contacts_contact AS contact ON contact.id = chosen.id
     WHERE contact.state = %(from)s ORDER BY contact.id FOR UPDATE OF contact)
UPDATE contacts_contact AS contact SET state = %(to)s, offered_at = %(now)s, advisor_id = waiting.advisor_id
  FROM waiting WHERE contact.id = waiting.id
RETURNING contact.id, contact.principal_id, contact.customer_id, contact.state, contact.advisor_id, contact.queue
"""


@transaction.atomic
def snooze(viewer: Viewer, *, contact_id: int, until: datetime) -> Contact:
    """Put a deferred exchange off until `until` (an aware instant to come); it comes back to the same advisor first."""
    contact = in_hand(viewer, contact_id)
    if channels.get(contact.channel).traits.live:
        raise Invalid(N_("Somebody is waiting at the other end: this cannot be put off."), field="until")
    if until <= clock.now():
        raise Invalid(N_("Choose a moment to come. Nothing was changed."), field="until")
    # routing reads the moment from the cause: contacts do not know of waiting lines
    return apply(contact, "snooze", now=clock.now(), actor=viewer.user_id, cause=f"until {until.isoformat()}")


@transaction.atomic
def end_exchange(viewer: Viewer, *, contact_id: int, cause: str = "") -> Contact:
    """The conversation is over; wrap-up begins and is timed. Already in wrap-up: nothing happens."""
    contact = in_hand(viewer, contact_id)
    if contact.state == words.WRAP_UP:
        return contact
    apply(contact, "end", now=clock.now(), actor=viewer.user_id, cause=cause)
    transaction.on_commit(lambda: channels.get(contact.channel).ended(contact.pk), robust=True)
    return contact
