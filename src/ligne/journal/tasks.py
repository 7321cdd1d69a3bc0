"""What the worker does for the journal."""

from __future__ import annotations

from procrastinate.contrib.django import app

from ligne.journal import services
from ligne.kit import clock


@app.periodic(cron="* * * * *")
@app.task(name="journal.seal", queueing_lock="journal.seal")
def seal(timestamp: int) -> None:
    """Each minute, seal what is settled."""
    services.seal()


@app.periodic(cron="20 3 * * *")
@app.task(name="journal.make_months", queueing_lock="journal.make_months")
def make_months(timestamp: int) -> None:
    """Each night, make the tables of the coming months."""
    services.make_months(clock.now())


@app.task(name="journal.deliver")
def deliver(delivery_id: int) -> None:
    """Tell one webhook one thing; when it does not take it, come back later."""
    again = services.webhooks.deliver(delivery_id)
    if again is not None:
        deliver.configure(schedule_at=again).defer(delivery_id=delivery_id)


@app.periodic(cron="*/5 * * * *")
@app.task(name="journal.deliver_due", queueing_lock="journal.deliver_due")
def deliver_due(timestamp: int) -> None:
    """Take up deliveries whose own job was lost."""
    for delivery_id in services.webhooks.due(clock.ago(minutes=2)):
        deliver.defer(delivery_id=delivery_id)
