"""What runs beside people's requests."""

from __future__ import annotations

from procrastinate.contrib.django import app

from ligne.channels.voice.services import recordings
from ligne.kit import clock


@app.periodic(cron="17 3 * * *")
@app.task(name="voice.drop_expired", queueing_lock="voice.drop_expired", pass_context=False)
def drop_expired(timestamp: int) -> None:
    """Delete the recordings whose term has come, every night."""
    recordings.drop_expired(clock.now())
