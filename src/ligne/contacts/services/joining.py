"""Exchanges put together or told apart: merged, split, linked."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.db.models import Q, QuerySet

from ligne.contacts import words
from ligne.contacts.events import ContactMerged, ContactsLinked, ContactsUnlinked, ContactUnmerged, MessageSplit
from ligne.contacts.models import Attachment, Contact, Draft, Link, Merge, Message
from ligne.contacts.ports import channels
from ligne.contacts.rules import joining, states
from ligne.contacts.services.arrival import announce_arrival
from ligne.contacts.services.closing import close
from ligne.contacts.services.handling import tell
from ligne.contacts.services.passages import in_hand, lock_contact, locked_for, tell_screens
from ligne.kit import bus, clock
from ligne.kit.errors import Conflict, NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer

CAME = N_("Another exchange of this customer was merged into this one.")
WENT = N_("This exchange was merged into another one, where it goes on.")
WENT_BACK = N_("A merged exchange was taken out again, with its messages.")
CAME_BACK = N_("The merge was undone: this exchange goes on by itself.")
LEFT = N_("A message was split off: it goes on in an exchange of its own.")
BEGAN = N_("This exchange began as a message split off from another one.")


def _facts(contact: Contact) -> joining.Exchange:
    is_live = contact.channel in channels and channels.get(contact.channel).traits.live
    return joining.Exchange(
        id=contact.pk,
        principal_id=contact.principal_id,
        customer_id=contact.customer_id,
        channel=contact.channel,
        live=is_live,
        state=contact.state,
        advisor_id=contact.advisor_id,
    )


@transaction.atomic
def merge(viewer: Viewer, *, contact_id: int, other_id: int) -> Contact:
    """Make `other_id` part of `contact_id`, which the viewer handles: its messages, files and draft come here, it is
    closed as merged, and what the customer still answers there arrives here.

    Raises `Invalid` or `Conflict` with what stands against it, `Forbidden` when the first is not the viewer's.
    """
    _lock_in_order(contact_id, other_id)
    contact, other = in_hand(viewer, contact_id), locked_for(viewer, other_id)
    joining.check_merge(_facts(contact), _facts(other), user_id=viewer.user_id)
    moving = list(_movable(other, contact).values_list("pk", flat=True))
    _hand_over(moving, other, contact)
    Attachment.objects.filter(contact=other, message=None).update(contact=contact)
    _join_drafts(other, contact)
    contact.unread += other.unread
    contact.save(update_fields=["unread"])
    other.merged_into, other.unread = contact, 0
    other.save(update_fields=["merged_into", "unread"])
    Merge.objects.create(
        principal_id=contact.principal_id,
        source=other,
        target=contact,
        message_ids=moving,
        by_id=viewer.user_id,
        at=clock.now(),
    )
    close(other, viewer=viewer, reason=None, outcome="merged", next_step="none")
    tell(viewer, contact_id=contact.pk, text=CAME)
    tell(viewer, contact_id=other.pk, text=WENT)
    _announce(viewer, other, ContactMerged, into_id=contact.pk, messages=len(moving))
    return contact


def _lock_in_order(*contact_ids: int) -> None:
    """Lock several exchanges, always in the order of their numbers."""
    for contact_id in sorted(set(contact_ids)):
        lock_contact(contact_id)


def _movable(source: Contact, target: Contact) -> QuerySet[Message]:
    """The messages of `source`, but those that `target` has already (one mail that reached both)."""
    had = Message.objects.filter(contact=target).exclude(external_id="").values_list("kind", "external_id")
    twice = Q()
    for kind, external_id in had:
        twice |= Q(kind=kind, external_id=external_id)
    found = Message.objects.filter(contact=source).exclude(kind=Message.Kind.EVENT)
    return found.exclude(twice) if twice else found


def _hand_over(message_ids: list[int], source: Contact, target: Contact) -> None:
    Message.objects.filter(pk__in=message_ids, contact=source).update(contact=target)
    Attachment.objects.filter(message_id__in=message_ids).update(contact=target)


def _join_drafts(source: Contact, target: Contact) -> None:
    """What was being typed there is kept under what is being typed here."""
    theirs = Draft.objects.filter(contact=source).exclude(text="").first()
    if theirs is None:
        return
    ours, _ = Draft.objects.get_or_create(
        contact=target, defaults={"principal_id": target.principal_id, "updated_at": clock.now()}
    )
    ours.text = "\n\n".join(filter(None, (ours.text, theirs.text)))
    ours.version += 1
    ours.save(update_fields=["text", "version"])
    theirs.text, theirs.version = "", theirs.version + 1
    theirs.save(update_fields=["text", "version"])


@transaction.atomic
def unmerge(viewer: Viewer, *, contact_id: int, other_id: int) -> Contact:
    """Undo the merge of `other_id` into `contact_id`: it waits again, for the viewer first, with the messages it had;
    what was written since stays here. Raises `Conflict` once the exchange is closed or those messages went elsewhere.
    """
    _lock_in_order(contact_id, other_id)
    contact, other = in_hand(viewer, contact_id), locked_for(viewer, other_id)
    done = Merge.objects.filter(source=other, target=contact, undone_at__isnull=True).first()
    if done is None:
        raise NotFound
    here = Message.objects.filter(pk__in=done.message_ids, contact=contact).count()
    if contact.state == words.CLOSED or here != len(done.message_ids):
        raise Conflict(N_("These messages have gone on since: the merge cannot be undone any more."))
    _hand_over(done.message_ids, contact, other)
    done.undone_at = clock.now()
    done.save(update_fields=["undone_at"])
    other.state = states.after(other.state, "unmerge")
    other.merged_into = other.advisor = other.wrapped_up_at = other.ended_at = None
    other.outcome = other.next_step = ""
    other.save(update_fields=["state", "merged_into", "advisor", "wrapped_up_at", "ended_at", "outcome", "next_step"])
    tell(viewer, contact_id=contact.pk, text=WENT_BACK)
    tell(viewer, contact_id=other.pk, text=CAME_BACK)
    _announce(
        viewer,
        other,
        ContactUnmerged,
        from_id=contact.pk,
        channel=other.channel,
        queue=other.queue,
        preferred_id=viewer.user_id,
    )
    return other


@transaction.atomic
def split(viewer: Viewer, *, message_id: int, subject: str = "") -> Contact:
    """Let a message of the customer go on as an exchange of its own, linked to this one; it is offered to the viewer
    first. Returns the new exchange. Raises `Invalid` with what stands against it. Merging it back undoes it.
    """
    message = Message.objects.filter(pk=message_id, principal_id__in=viewer.principals).first()
    if message is None:
        raise NotFound
    contact = in_hand(viewer, message.contact_id)
    incoming = Message.objects.filter(contact=contact, kind=Message.Kind.IN)
    joining.check_split(
        _facts(contact),
        is_customers=message.kind == Message.Kind.IN,
        others=incoming.exclude(pk=message.pk).count(),
    )
    new = _exchange_of(contact, message, subject)
    _hand_over([message.pk], contact, new)
    announce_arrival(viewer, new, contact.queue, preferred=viewer.user_id)
    tell(viewer, contact_id=contact.pk, text=LEFT)
    tell(viewer, contact_id=new.pk, text=BEGAN)
    _announce(viewer, contact, MessageSplit, message_id=message.pk, to_id=new.pk)
    link(viewer, contact_id=contact.pk, other_id=new.pk)
    new.refresh_from_db()
    return new


def _exchange_of(contact: Contact, message: Message, subject: str) -> Contact:
    """A new exchange for what leaves `contact`: of the same person, on the same channel."""
    named = subject.replace("\x00", "").strip() or message.subject or contact.subject
    return Contact.objects.create(
        principal_id=contact.principal_id,
        channel=contact.channel,
        subject=named[:300],
        customer_id=contact.customer_id,
        identification=contact.identification,
        identity_proof=contact.identity_proof,
        from_name=contact.from_name,
        from_email=contact.from_email,
        from_phone=contact.from_phone,
        thread=secrets.token_hex(8),  # its own: answers to it must not find the old one
        arrived_at=message.created_at,
        unread=1,
    )


@transaction.atomic
def link(viewer: Viewer, *, contact_id: int, other_id: int) -> Link:
    """Say that two exchanges concern each other; doing it twice is doing it once. Each then shows the other."""
    first, second = sorted((contact_id, other_id))
    _lock_in_order(first, second)
    contact, other = locked_for(viewer, contact_id), locked_for(viewer, other_id)
    joining.check_pair(_facts(contact), _facts(other))
    made, is_new = Link.objects.get_or_create(
        first_id=first,
        second_id=second,
        defaults={"principal_id": contact.principal_id, "by_id": viewer.user_id, "at": clock.now()},
    )
    if is_new:
        _announce(viewer, contact, ContactsLinked, other_id=other.pk)
        tell_screens(contact)
        tell_screens(other)
    return made


@transaction.atomic
def unlink(viewer: Viewer, *, contact_id: int, other_id: int) -> None:
    """Take a link back; one that is not there is no error."""
    first, second = sorted((contact_id, other_id))
    _lock_in_order(first, second)
    contact, other = locked_for(viewer, contact_id), locked_for(viewer, other_id)
    gone, _ = Link.objects.filter(first_id=first, second_id=second).delete()
    if gone:
        _announce(viewer, contact, ContactsUnlinked, other_id=other.pk)
        tell_screens(contact)
        tell_screens(other)


def _announce(
    viewer: Viewer,
    contact: Contact,
    event: type[ContactMerged | ContactUnmerged | MessageSplit | ContactsLinked | ContactsUnlinked],
    **facts: object,
) -> None:
    bus.announce(
        event(
            subject_id=contact.pk,
            principal_id=contact.principal_id,
            customer_id=contact.customer_id,
            actor_id=viewer.user_id,
            **facts,  # type: ignore[arg-type]
        )
    )
