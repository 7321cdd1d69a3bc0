"""The chat as a channel of the spine."""

from __future__ import annotations

from django.utils.translation import gettext

from ligne.channels.chat import services
from ligne.channels.chat.models import ChatSession
from ligne.channels.chat.rules import files
from ligne.contacts.ports import Outgoing, Sent, Traits
from ligne.kit.text import N_


class ChatChannel:
    """A conversation with a page that is open somewhere. What is sent is the thread itself: the page asks for it."""

    traits = Traits(
        key="chat",
        label=N_("Chat"),
        icon="message-circle",
        live=True,
        default_capacity=3,
        law="chat",
        max_bytes=files.MAX_BYTES,
        panels=("channel_chat:desk_header",),
    )

    def address_of(self, contact_id: int) -> str:
        """The customer's name, or "chat page" without one; empty once the conversation is over."""
        session = ChatSession.objects.filter(contact_id=contact_id, ended_at__isnull=True).first()
        return (session.name or gettext("chat page")) if session else ""

    def send(self, message: Outgoing) -> Sent:
        """Tell the page that there is something to read."""
        services.deliver(message.contact_id, message.message_id)
        return Sent()

    def ended(self, contact_id: int) -> None:
        """Tell the page that the conversation is over, and send the copy that was asked for."""
        services.close(contact_id)
