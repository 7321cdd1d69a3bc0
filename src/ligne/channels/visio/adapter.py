"""The web call as a channel of the spine."""

from __future__ import annotations

from ligne.channels.visio import services
from ligne.contacts.ports import Outgoing, SendFailed, Sent, Traits
from ligne.kit.text import N_


class VisioChannel:
    """A call from a page, browser to browser, with a camera or a screen when who is asked agrees. Nothing can be
    written to the customer by it."""

    traits = Traits(
        key="visio",
        label=N_("Web call"),
        icon="device-computer-camera",
        live=True,
        default_capacity=1,
        law="voice",
        takes_files=False,
        panels=("channel_visio:desk",),
    )

    def address_of(self, contact_id: int) -> str:
        """Nowhere: a call is not written to."""
        return ""

    def send(self, message: Outgoing) -> Sent:
        """Refuse, for good."""
        raise SendFailed(N_("Nothing can be written on a call. Use another channel of the customer."), final=True)

    def ended(self, contact_id: int) -> None:
        """Hang up."""
        services.close(contact_id)
