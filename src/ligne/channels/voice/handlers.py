"""What the telephone does when something happens to its contacts: the controller looks at where they stand."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from ligne.channels.voice import reads
from ligne.channels.voice.services import drop_of_customer, forget_callers, tell_exchange
from ligne.contacts.events import ContactClosed, ContactMoved


def on_moved(happened: ContactMoved) -> None:
    """Offered, taken, transferred, ended: the call follows."""
    _tell([happened.subject_id])


def on_moved_together(happened: Sequence[ContactMoved]) -> None:
    """`on_moved` for many."""
    _tell([one.subject_id for one in happened])


def on_closed(happened: ContactClosed) -> None:
    """However a contact is closed, its call is over."""
    if happened.channel == "voice":
        _tell([happened.subject_id])


def erase_customer(customer_id: int) -> list[tuple[str, int]]:
    """Nothing of the customer's voice and number stays (`customers.ports.erasers`)."""
    return [("contact", pk) for pk in {*drop_of_customer(customer_id), *forget_callers(customer_id)}]


def _tell(contact_ids: list[int]) -> None:
    if settings.VOICE:
        for contact_id in reads.on_the_line(contact_ids):
            tell_exchange(contact_id)
