"""What runs beside people's requests."""

from __future__ import annotations

from procrastinate.contrib.django import app

from ligne.contacts import services


@app.periodic(cron="* * * * * */5")
@app.task(name="contacts.send_due", queueing_lock="contacts.send_due", pass_context=False)
def send_due(timestamp: int) -> None:
    """Send what may no longer be undone, and try again what could not leave, every five seconds."""
    services.send_due()
