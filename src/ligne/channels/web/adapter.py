"""Calls as a channel of the spine, until the centre has telephony of its own: the advisor dials by their telephone."""

from __future__ import annotations

from ligne.contacts.ports import Outgoing, SendFailed, Sent, Traits
from ligne.kit.text import N_


class CallBackChannel:
    """A call that was promised. Nothing can be written to the customer by it."""

    traits = Traits(
        key="voice",
        label=N_("Call"),
        icon="phone",
        live=True,
        default_capacity=1,
        law="voice",
        takes_files=False,
        panels=("channel_web:desk",),
    )

    def address_of(self, contact_id: int) -> str:
        """Nowhere: a call is not written to."""
        return ""

    def send(self, message: Outgoing) -> Sent:
        """Refuse, for good."""
        raise SendFailed(N_("Nothing can be written on a call. Use another channel of the customer."), final=True)

    def ended(self, contact_id: int) -> None:
        """The telephone was hung up elsewhere: nobody to tell."""
