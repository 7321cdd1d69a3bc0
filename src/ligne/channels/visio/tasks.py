"""What runs beside people's requests."""

from __future__ import annotations

from procrastinate.contrib.django import app

from ligne.channels.visio import services


@app.periodic(cron="* * * * * */10")
@app.task(name="visio.expire_silent", queueing_lock="visio.expire_silent", pass_context=False)
def expire_silent(timestamp: int) -> None:
    """End the calls whose page is there no more, every 10 seconds."""
    services.expire_silent()
