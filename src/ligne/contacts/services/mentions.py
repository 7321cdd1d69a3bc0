"""Naming a colleague in a note: they are told, and told no more once they have looked."""

from __future__ import annotations

from ligne.contacts import reads
from ligne.contacts.events import PersonMentioned
from ligne.contacts.models import Contact, Mention, Message
from ligne.contacts.rules import mentions
from ligne.kit import bus, clock, live, sql
from ligne.kit.viewer import Viewer


def tell_who_is_named(viewer: Viewer, contact: Contact, note: Message) -> None:
    """Tell each colleague that the note names and who may read the exchange. Stands in the note's transaction."""
    if "@" not in note.text:
        return
    people = reads.readers(viewer, contact.principal_id)
    named, _ = mentions.read(note.text, people)
    for user_id in named:
        if user_id == viewer.user_id:
            continue
        Mention.objects.create(
            principal_id=contact.principal_id, message=note, contact=contact, user_id=user_id, at=clock.now()
        )
        bus.announce(
            PersonMentioned(
                subject_id=contact.pk,
                principal_id=contact.principal_id,
                customer_id=contact.customer_id,
                actor_id=viewer.user_id,
                message_id=note.pk,
                user_id=user_id,
            )
        )
        live.push(f"user:{user_id}", "notice", what="mention", contact_id=contact.pk)


_SEEN = """
UPDATE contacts_mention SET seen_at = %(now)s
 WHERE user_id = %(person)s AND contact_id = %(contact)s AND principal_id = ANY(%(houses)s) AND seen_at IS NULL
"""


def mentions_seen(viewer: Viewer, *, contact_id: int) -> bool:
    """The viewer looked at the exchange: its mentions of them are told no more. Whether there were any."""
    given = {"person": viewer.user_id or 0, "contact": contact_id, "houses": list(viewer.principals)}
    seen = sql.do(_SEEN, given | {"now": clock.now()}) > 0
    if seen:
        live.push(f"user:{viewer.user_id}", "notice", what="mention_seen", contact_id=contact_id)
    return seen
