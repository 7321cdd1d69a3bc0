"""What the worker does for customers."""

from __future__ import annotations

from procrastinate.contrib.django import app

from ligne.customers.services import imports, purge_proofs


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
