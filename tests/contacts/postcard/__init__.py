"""A whole channel in one folder: postcards that arrive in a pigeonhole and leave in a bag."""

from __future__ import annotations

from ligne.contacts import services
from ligne.contacts.models import Contact
from ligne.contacts.ports import Outgoing, Sender, SendFailed, Sent, Traits
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer

bag: dict[int, Outgoing] = {}


class PostcardChannel:
    """Deferred, one at a time, text only."""

    traits = Traits(
        key="postcard",
        label=N_("Postcard"),
        icon="mail",
        live=False,
        default_capacity=1,
        law="letter",
        takes_files=False,
    )

    def address_of(self, contact_id: int) -> str:
        """The sender's name, as written on the card."""
        return Contact.objects.values_list("from_name", flat=True).get(pk=contact_id)

    def send(self, message: Outgoing) -> Sent:
        """Put the card in the bag; a card sent twice lies there once."""
        if not message.to:
            raise SendFailed("no address", final=True)
        bag[message.message_id] = message
        return Sent(external_id=f"card-{message.message_id}")

    def ended(self, contact_id: int) -> None:
        """Nobody waits by the letter box."""


def deliver(viewer: Viewer, principal_id: int, *, card: str, name: str, text: str) -> Contact:
    """A card falls into the pigeonhole."""
    return services.arrive(
        viewer, principal_id=principal_id, channel="postcard", sender=Sender(name=name), text=text, external_id=card
    )
