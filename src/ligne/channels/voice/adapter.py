"""The telephone as a channel of the spine, and the messages left on it."""

from __future__ import annotations

from ligne.channels.voice import services
from ligne.contacts.ports import Outgoing, SendFailed, Sent, Traits
from ligne.kit.text import N_

UNWRITABLE = N_("Nothing can be written on a call. Use another channel of the customer.")


class VoiceChannel:
    """A call, by our telephone or by the advisor's own. Nothing can be written to the customer by it."""

    traits = Traits(
        key="voice",
        label=N_("Call"),
        icon="phone",
        live=True,
        default_capacity=1,
        law="voice",
        takes_files=False,
        panels=("channel_voice:desk", "channel_web:desk"),
    )

    def address_of(self, contact_id: int) -> str:
        """Nowhere: a call is not written to."""
        return ""

    def send(self, message: Outgoing) -> Sent:
        """Refuse, for good."""
        raise SendFailed(UNWRITABLE, final=True)

    def ended(self, contact_id: int) -> None:
        """Hang up: the controller sees that the contact is over."""
        services.tell_exchange(contact_id)


class VoicemailChannel:
    """A message left on the line: somebody is called back, now nobody waits."""

    traits = Traits(
        key="voicemail",
        label=N_("Voice message"),
        icon="record-mail",
        live=False,
        default_capacity=2,
        law="voice",
        takes_files=False,
        panels=("channel_voice:desk",),
    )

    def address_of(self, contact_id: int) -> str:
        """Nowhere: a message on the line is answered by a call."""
        return ""

    def send(self, message: Outgoing) -> Sent:
        """Refuse, for good."""
        raise SendFailed(UNWRITABLE, final=True)

    def ended(self, contact_id: int) -> None:
        """Nobody is on the line."""
