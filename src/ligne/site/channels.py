"""Every channel of the centre, one line each."""

from __future__ import annotations

from ligne.channels.chat.adapter import ChatChannel
from ligne.channels.email.adapter import EmailChannel
from ligne.channels.visio.adapter import VisioChannel
from ligne.channels.voice.adapter import VoiceChannel, VoicemailChannel
from ligne.contacts.ports import channels


def register() -> None:
    """Fill the registry; called once by the wiring."""
    channels.register("email", EmailChannel())
    channels.register("chat", ChatChannel())
    channels.register("voice", VoiceChannel())
    channels.register("voicemail", VoicemailChannel())
    channels.register("visio", VisioChannel())
