"""Messages that customers leave on the line: each becomes a contact with its sound."""

from __future__ import annotations

import structlog
from django.db import transaction

from ligne.channels.voice import reads
from ligne.channels.voice.events import MessagePlayed
from ligne.channels.voice.exchange.sounds import SoundLost, Sounds
from ligne.channels.voice.models import Line, VoiceCall
from ligne.channels.voice.rules import stereo
from ligne.channels.voice.services.recordings import sounds
from ligne.contacts import reads as contact_reads
from ligne.contacts import services as contacts
from ligne.contacts.models import Contact
from ligne.contacts.ports import File, Sender
from ligne.kit import bus, files, phones
from ligne.kit.errors import NotFound
from ligne.kit.viewer import Viewer

log = structlog.get_logger(__name__)
# Shorter ones are somebody who hung up at the tone, seconds.
SHORTEST_S = 1.0


def keep(call_id: str, name: str) -> None:
    """The message of a call that we led, by its name at the exchange."""
    call = VoiceCall.objects.select_related("line").filter(pk=call_id).first()
    if call is None:
        log.warning("voice.message_for_nobody", call=call_id)
        return
    queue = call.facts.get("queue") or (call.line.queue if call.line else "")
    contact = _arrive(sounds(call.exchange), call.principal_id, queue, call.number, name)
    if contact is not None:
        VoiceCall.objects.filter(pk=call_id, contact=None).update(contact=contact)


def keep_left(exchange: str, name: str) -> None:
    """A message taken while nobody led the calls: "left-DIALLED-CALLER-NUMBER"."""
    _, dialled, caller, _ = name.split("-", 3)
    line = Line.objects.filter(number=phones.parse_or_none(dialled) or dialled).first()
    if line is None:
        log.warning("voice.message_for_nobody", dialled=dialled)
        return
    _arrive(sounds(exchange), line.principal_id, line.queue, caller, name)


@transaction.atomic
def play_message(viewer: Viewer, *, contact_id: int) -> bytes:
    """The message left on the line as WAV, for who may see its contact; who listened is traced. Raises `NotFound`."""
    contact = contact_reads.get(viewer, contact_id)
    kept = reads.message_of(viewer, contact_id)
    if kept is None:
        raise NotFound
    try:
        with files.open_stored(kept.sha256) as stored:
            sound = stored.read()
    except FileNotFoundError:
        raise NotFound from None
    bus.announce(
        MessagePlayed(
            subject_id=contact.pk,
            principal_id=contact.principal_id,
            customer_id=contact.customer_id,
            actor_id=viewer.user_id,
            attachment_id=kept.attachment_id,
        )
    )
    return sound


def _arrive(exchange: Sounds, principal_id: int, queue: str, caller: str, name: str) -> Contact | None:
    try:
        sound = exchange.fetch(name)
        lasted = stereo.seconds(sound)
    except (SoundLost, EOFError, ValueError) as error:
        log.warning("voice.message_lost", name=name, why=str(error))
        return None
    contact = None
    if lasted >= SHORTEST_S:
        with transaction.atomic():
            contact = contacts.arrive(
                Viewer.system(principal_id),
                principal_id=principal_id,
                channel="voicemail",
                sender=Sender(phone=caller),
                external_id=f"message:{name}",
                queue=queue,
                files=[File("message.wav", "audio/wav", sound)],
            )
    exchange.drop(name)
    return contact
