"""What runs beside people's requests."""

from __future__ import annotations

from procrastinate.contrib.django import app

from ligne.supervision import services


@app.periodic(cron="* * * * * */10")
@app.task(name="supervision.fold", queueing_lock="supervision.fold", pass_context=False)
def fold(timestamp: int) -> None:
    """Add waiting changes to the counters, every ten seconds."""
    services.fold()


@app.periodic(cron="* * * * *")
@app.task(name="supervision.check", queueing_lock="supervision.check", pass_context=False)
def check(timestamp: int) -> None:
    """Look at the house's promises, every minute."""
    services.check()
