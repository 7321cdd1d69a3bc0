"""The sound of calls: kept encrypted, listened to by those who may, deleted when its term comes."""

from __future__ import annotations

import wave
from datetime import datetime

import structlog
from cryptography.fernet import Fernet
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from ligne import regulation
from ligne.channels.voice import reads
from ligne.channels.voice.events import RecordingKept, RecordingPlayed, RecordingsDropped
from ligne.channels.voice.exchange.sounds import SoundLost, Sounds
from ligne.channels.voice.models import Recording, VoiceCall
from ligne.channels.voice.reads import RECORDINGS
from ligne.channels.voice.rules import stereo
from ligne.contacts import reads as contacts
from ligne.kit import bus, clock, files, sealed
from ligne.kit.errors import NotFound
from ligne.kit.viewer import Viewer

log = structlog.get_logger(__name__)
ARI_USER = "ligne"


def sounds(exchange: str) -> Sounds:
    """The recordings at an exchange, by its name."""
    return Sounds(settings.EXCHANGES.get(exchange, ""), ARI_USER, settings.ARI_PASSWORD)


def keep(call_id: str, tracks: tuple[str, str]) -> None:
    """Fetch both tracks of a recording that is over, keep them as one encrypted stereo sound, delete them there."""
    exchange = sounds(reads.exchange_of(call_id))
    try:
        both = stereo.merge(*(exchange.fetch(name) for name in tracks))
    except (SoundLost, wave.Error, EOFError, ValueError) as error:
        log.warning("voice.recording_lost", call=call_id, why=str(error))
        return
    key = Fernet.generate_key()
    digest = files.store(Fernet(key).encrypt(both))
    _keep(call_id, tracks[0], stereo.seconds(both), sealed.seal(RECORDINGS, key.decode()), digest)
    for name in tracks:
        exchange.drop(name)


@transaction.atomic
def _keep(call_id: str, name: str, seconds: float, sealed_key: str, digest: str) -> None:
    call = VoiceCall.objects.select_related("contact").get(pk=call_id)
    if call.contact is None or call.facts.get("objected") or _is_spoiled(call, name):
        return
    facts = {"seconds": seconds, "sealed_key": sealed_key, "sha256": digest, "kept_at": clock.now()}
    about = {"principal_id": call.principal_id, "call": call, "contact": call.contact}
    row, made = Recording.objects.get_or_create(name=name, defaults=facts | about)
    if made:
        bus.announce(
            RecordingKept(
                subject_id=call.contact.pk,
                principal_id=call.principal_id,
                customer_id=call.contact.customer_id,
                call=call.pk,
                recording_id=row.pk,
                seconds=round(seconds, 1),
            )
        )


def _is_spoiled(call: VoiceCall, name: str) -> bool:
    """Whether this take was to be silent at some moment and was not."""
    take = name.removeprefix(f"{call.pk}-take").partition("-")[0]
    return take in {str(one) for one in call.facts.get("spoiled", ())}


@transaction.atomic
def play(viewer: Viewer, *, recording_id: int) -> bytes:
    """The sound as stereo WAV, for who may see the contact; who listened is traced. Raises `NotFound`."""
    row = Recording.objects.filter(pk=recording_id, principal_id__in=viewer.principals).first()
    if row is None:
        raise NotFound
    contact = contacts.get(viewer, row.contact_id)
    sound = sound_of(row)
    bus.announce(
        RecordingPlayed(
            subject_id=contact.pk,
            principal_id=contact.principal_id,
            customer_id=contact.customer_id,
            actor_id=viewer.user_id,
            call=row.call_id,
            recording_id=row.pk,
        )
    )
    return sound


def sound_of(row: Recording) -> bytes:
    """The stereo WAV behind a recording, for what the centre itself does with it. Raises `NotFound`."""
    key = sealed.unseal(RECORDINGS, row.sealed_key)
    try:
        with files.open_stored(row.sha256) as kept:
            return Fernet(key.encode()).decrypt(kept.read())
    except FileNotFoundError:
        raise NotFound from None


def drop_expired(now: datetime) -> int:
    """Delete the recordings whose term has come; returns how many."""
    since = regulation.kept_since("recording", now.date())
    return _drop(Recording.objects.filter(kept_at__date__lt=since), "term")


def drop_of_call(call_id: str) -> int:
    """The customer objects: nothing of the call's sound stays."""
    return _drop(Recording.objects.filter(call_id=call_id), "objection")


def drop_of_customer(customer_id: int) -> list[int]:
    """The customer is erased: nothing of their voice stays. Returns the contacts whose sound is gone."""
    found = Recording.objects.filter(contact__customer_id=customer_id)
    contact_ids = list(found.values_list("contact_id", flat=True).distinct())
    _drop(found, "erasure")
    return contact_ids


@transaction.atomic
def _drop(found: QuerySet[Recording], why: str) -> int:
    rows = list(found.select_related("contact"))
    for call_id in {row.call_id for row in rows}:
        of_call = [row for row in rows if row.call_id == call_id]
        bus.announce(
            RecordingsDropped(
                subject_id=of_call[0].contact_id,
                principal_id=of_call[0].principal_id,
                customer_id=of_call[0].contact.customer_id,
                call=call_id,
                why=why,
                count=len(of_call),
            )
        )
    digests = {row.sha256 for row in rows}
    Recording.objects.filter(pk__in=[row.pk for row in rows]).delete()
    transaction.on_commit(lambda: files.discard(digests), robust=True)
    return len(rows)
