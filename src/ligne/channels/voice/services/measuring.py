"""What a kept recording shows without being played: its waveform and the figures of active listening."""

from __future__ import annotations

import io
from dataclasses import asdict

from ligne.channels.voice import hearing
from ligne.channels.voice.events import RecordingKept
from ligne.channels.voice.models import Recording
from ligne.channels.voice.rules import waveform
from ligne.channels.voice.services.recordings import sound_of
from ligne.kit import live
from ligne.kit.errors import NotFound


def on_kept(happened: RecordingKept) -> None:
    """Measure a recording once it is kept; deferred, since hearing a long call takes a while. Twice is once."""
    measure(happened.recording_id)


def measure(recording_id: int) -> bool:
    """Hear a recording and keep its figures; False when there is nothing to measure (any more)."""
    row = Recording.objects.filter(pk=recording_id, measured__isnull=True).select_related("contact").first()
    if row is None:
        return False
    try:
        sound = sound_of(row)
    except NotFound:
        return False
    figures, _ = hearing.listen(io.BytesIO(sound))
    customer, advisor = waveform.peaks(sound)
    measured = {"figures": asdict(figures), "customer": customer, "advisor": advisor}
    if Recording.objects.filter(pk=recording_id).update(measured=measured) and row.contact.advisor_id:
        live.push(f"user:{row.contact.advisor_id}", "call", contact_id=row.contact_id)
    return True
