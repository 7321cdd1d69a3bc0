"""What runs beside people's requests."""

from __future__ import annotations

from procrastinate.contrib.django import app

from ligne.channels.chat import services


@app.periodic(cron="* * * * * */15")
@app.task(name="chat.expire_silent", queueing_lock="chat.expire_silent", pass_context=False)
def expire_silent(timestamp: int) -> None:
    """Tell which pages went silent, every 15 seconds."""
    services.expire_silent()
