"""What runs beside the mail process: mail left behind is handled even while that process is down."""

from __future__ import annotations

from procrastinate.contrib.django import app

from ligne.channels.email import services


@app.periodic(cron="* * * * * */30")
@app.task(name="email.sweep", queueing_lock="email.sweep", pass_context=False)
def sweep(timestamp: int) -> None:
    """Handle what was stored and left behind, every 30 seconds."""
    services.sweep()


@app.periodic(cron="17 3 * * *")
@app.task(name="email.purge", queueing_lock="email.purge", pass_context=False)
def purge(timestamp: int) -> None:
    """Drop the bytes of mails handled long ago, each night."""
    services.purge()
