"""What runs beside people's requests."""

from __future__ import annotations

from procrastinate.contrib.django import app

from ligne.channels.voice.services import recordings, settle_forgotten
from ligne.kit import clock


@app.periodic(cron="17 3 * * *")
@app.task(name="voice.drop_expired", queueing_lock="voice.drop_expired", pass_context=False)
def drop_expired(timestamp: int) -> None:
    """Delete the recordings whose term has come, every night."""
    recordings.drop_expired(clock.now())


@app.periodic(cron="*/2 * * * *")
@app.task(name="voice.settle_payments", queueing_lock="voice.settle_payments", pass_context=False)
def settle_payments(timestamp: int) -> None:
    """Ask again about payments whose outcome nobody knows, and end those that nobody leads any more."""
    settle_forgotten(clock.now())
