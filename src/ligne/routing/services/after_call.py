"""After-call work: who has ended a call is busy with it until it is wrapped up, seen and counted as such.

Presence is the first of the locks, and a contact that moves holds a later one: both verbs run once that is committed,
and look at what is so then. Nothing is lost when one does not run: a call that is being wrapped up fills its advisor.
"""

from __future__ import annotations

from django.db import transaction

from ligne.contacts import reads as contacts
from ligne.contacts.ports import channels
from ligne.staff import services as staff


def is_call(channel: str) -> bool:
    """Whether an exchange of this channel is a conversation by voice, which takes the whole of a person."""
    traits = channels.get(channel).traits if channel in channels else None
    return bool(traits and traits.live and traits.law == "voice")


@transaction.atomic
def begin_after_call(contact_id: int) -> None:
    """The conversation is over: its advisor, when available, is in after-call work for as long as it is wrapped up."""
    contact = contacts.wrapping_up(contact_id)
    if contact is None or contact.advisor_id is None or not is_call(contact.channel):
        return
    presence = staff.lock_presence(contact.advisor_id)
    # looked at again under the lock: it may have been wrapped up meanwhile
    if presence.state == "available" and contacts.wrapping_up(contact_id):
        staff.enter_after_call(contact.advisor_id)


@transaction.atomic
def end_after_call(advisor_id: int) -> None:
    """It is wrapped up: available again, unless another state was chosen meanwhile."""
    presence = staff.lock_presence(advisor_id)
    if presence.state == "after_call" and contacts.call_in_hand(advisor_id) is None:
        staff.leave_after_call(advisor_id)
