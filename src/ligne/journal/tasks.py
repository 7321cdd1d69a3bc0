"""What the worker does for the journal."""

from __future__ import annotations

from procrastinate.contrib.django import app

from ligne.journal import services


@app.periodic(cron="* * * * *")
@app.task(name="journal.seal", queueing_lock="journal.seal", pass_context=False)
def seal(timestamp: int) -> None:
    """Each minute, seal what is settled."""
    services.seal()
