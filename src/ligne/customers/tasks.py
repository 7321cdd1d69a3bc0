"""What the worker does for customers."""

from __future__ import annotations

from dataclasses import asdict

import structlog
from procrastinate.contrib.django import app

from ligne.customers import services
from ligne.customers.services import imports, purge_proofs
from ligne.kit import clock

log = structlog.get_logger("ligne.customers")


@app.task(name="customers.import", pass_context=False)
def import_customers(job_id: int) -> None:
    """Run one import."""
    imports.work(job_id)


@app.periodic(cron="17 3 * * *")
@app.task(name="customers.discard_imports", queueing_lock="customers.discard_imports", pass_context=False)
def discard_imports(timestamp: int) -> None:
    """Each night, delete the files of old imports."""
    imports.discard_old()


@app.periodic(cron="41 3 * * *")
@app.task(name="customers.purge_proofs", queueing_lock="customers.purge_proofs", pass_context=False)
def purge_consent_proofs(timestamp: int) -> None:
    """Each night, delete the proofs of consents that need no longer be kept."""
    purge_proofs()


@app.periodic(cron="5 2 * * *")
@app.task(name="customers.let_go", queueing_lock="customers.let_go", pass_context=False)
def let_go(timestamp: int) -> None:
    """Each night, erase the prospects whose data may no longer be kept, principal by principal."""
    done = services.let_go_everywhere(clock.now(), told=lambda p: log.info("retention.batch", **asdict(p)))
    for principal_id, progress in done.items():
        log.info("retention.done", principal_id=principal_id, **asdict(progress))
