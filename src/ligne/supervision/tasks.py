"""What runs beside people's requests."""

from __future__ import annotations

from procrastinate.contrib.django import app

from ligne.supervision import services


@app.periodic(cron="* * * * * */10")
@app.task(name="supervision.fold", queueing_lock="supervision.fold", pass_context=False)
def fold(timestamp: int) -> None:
    """Add waiting changes to the counters, every ten seconds."""
    services.fold()
