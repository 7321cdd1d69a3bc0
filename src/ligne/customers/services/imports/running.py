"""One import from its first line to its last: progress that can be watched, a file of rejects, and a way to stop it."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext
from procrastinate.contrib.django import app as jobs

from ligne.customers.events import ImportEnded
from ligne.customers.models import Job
from ligne.customers.rules import columns, names
from ligne.customers.rules.columns import Line
from ligne.customers.services import doors
from ligne.customers.services.imports.reading import Row, Table, open_table
from ligne.customers.services.imports.writing import Batch, Writer
from ligne.kit import bus, clock, live, locks
from ligne.kit.errors import DomainError, Invalid, TooLarge
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer

BATCH = 1000  # lines per transaction: a cancel or a crash loses at most these, and they are found again
LARGEST = 500 * 1024 * 1024  # bytes of an uploaded file
KEPT_DAYS = 30

Progress = Callable[[Job], None]


def start(viewer: Viewer, *, principal_id: int, filename: str, chunks: Iterable[bytes], dry_run: bool = False) -> Job:
    """Keep the uploaded file and queue its import; watch it through `reads.job`. Raises `Invalid`, `TooLarge`."""
    doors.writer(viewer, *doors.KEEPERS)
    doors.within(viewer, principal_id)
    job = _new_job(viewer, principal_id, filename, dry_run=dry_run)
    source = folder(job) / "source"
    try:
        _keep(source, chunks)
        open_table(source)  # what cannot be read at all is said at once, in the form
    except DomainError:
        shutil.rmtree(folder(job), ignore_errors=True)
        job.delete()
        raise
    with transaction.atomic():
        jobs.configure_task("customers.import", lock=f"customers.import:{principal_id}").defer(job_id=job.pk)
    return job


def import_file(
    viewer: Viewer,
    *,
    principal_id: int,
    path: Path,
    rejects: Path | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Job:
    """Import a file at once, in this process (the command line). `rejects`: where refused lines are written."""
    doors.writer(viewer, *doors.KEEPERS)
    doors.within(viewer, principal_id)
    open_table(path)
    job = _new_job(viewer, principal_id, path.name, dry_run=dry_run)
    return _Run(viewer, job, path, rejects, progress).run()


def work(job_id: int) -> None:
    """Run the queued import `job_id`; called by the worker. Running it again after a crash doubles nothing."""
    job = Job.objects.select_related("user").filter(pk=job_id).first()
    if job is None or job.over:
        return
    viewer = Viewer(
        user_id=job.user_id,
        role="system",
        principals=frozenset({job.principal_id}),
        language=job.language,
    )
    _Run(viewer, job, folder(job) / "source", folder(job) / "rejects.csv", None).run()


def cancel(viewer: Viewer, *, job_id: int) -> Job:
    """Ask a job to stop after its present batch; what it wrote stays, and the same file can be imported again."""
    doors.writer(viewer, *doors.KEEPERS)
    with transaction.atomic():
        job = locks.row(Job, pk=job_id, principal_id__in=viewer.principals)
        if not job.over:
            job.cancel_asked = True
            if job.state == Job.State.QUEUED:
                job.state, job.ended_at = Job.State.CANCELLED, clock.now()
            job.save(update_fields=["cancel_asked", "state", "ended_at"])
    return job


def discard_old() -> int:
    """Delete the files of imports older than 30 days: they hold customers' data. Returns how many."""
    gone = 0
    for job in Job.objects.filter(created_at__lt=clock.now() - timedelta(days=KEPT_DAYS)):
        if folder(job).exists():
            shutil.rmtree(folder(job), ignore_errors=True)
            gone += 1
    return gone


def folder(job: Job) -> Path:
    """Where the files of a job lie."""
    return Path(settings.FILES_ROOT) / "imports" / str(job.pk)


def _new_job(viewer: Viewer, principal_id: int, filename: str, *, dry_run: bool) -> Job:
    return Job.objects.create(
        principal_id=principal_id,
        kind=Job.Kind.IMPORT,
        filename=names.tidy(Path(filename.replace("\x00", "")).name)[:200],
        dry_run=dry_run,
        language=viewer.language,
        user_id=viewer.user_id,
        created_at=clock.now(),
    )


def _keep(path: Path, chunks: Iterable[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with path.open("wb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > LARGEST:
                raise TooLarge(N_("This file is larger than 500 MB. Nothing was imported; use the command line."))
            file.write(chunk)


class Rejects:
    """The refused lines as they were, after the line's number and the reason; made to be corrected and sent again."""

    def __init__(self, path: Path | None, header: list[str]) -> None:
        self.file = path.open("w", encoding="utf-8-sig", newline="") if path else None
        self.rows = csv.writer(self.file, delimiter=";") if self.file else None
        if self.rows:
            self.rows.writerow([gettext("Line number"), gettext("Reason"), *header])

    def add(self, row: Row, wrong: Invalid) -> None:
        """Write one refused line."""
        if self.rows:
            cells = [columns.protected(cell) for cell in row.cells]
            self.rows.writerow([row.number, reason(wrong), *cells])

    def close(self) -> None:
        """Finish the file."""
        if self.file:
            self.file.close()


def reason(wrong: Invalid) -> str:
    """Why a line was refused, in the active language, naming the column when one is to blame."""
    text = gettext(wrong.sentence)
    text = text % wrong.facts if wrong.facts else text
    column = columns.label_of(wrong.field, translation.get_language() or "fr") if wrong.field else ""
    colon = gettext("%(column)s: %(reason)s")
    return colon % {"column": column, "reason": text} if column else text


@dataclass
class _Run:
    viewer: Viewer
    job: Job
    path: Path
    rejects_path: Path | None
    progress: Progress | None

    def run(self) -> Job:
        """Import the file; whatever happens the job ends in a state that says so."""
        with locks.held(f"customers.import.{self.job.pk}") as ours:
            return self._run_to_its_end() if ours else self.job

    def _run_to_its_end(self) -> Job:
        try:
            with translation.override(self.job.language):
                self._run()
        except DomainError as error:
            self._end(Job.State.FAILED, {"sentence": error.sentence, "facts": _texts(error.facts)})
        except Exception:
            self._end(Job.State.FAILED, {"sentence": N_("The import stopped on an internal error."), "facts": {}})
            raise
        return self.job

    def _run(self) -> None:
        table = open_table(self.path)
        job = self.job
        job.state, job.total, job.ignored_columns = Job.State.RUNNING, table.total, table.ignored
        job.done = job.created = job.updated = job.unchanged = job.rejected = 0
        job.save()
        writer = Writer(self.viewer, job.principal_id, zone=job.principal.zone, job_id=job.pk, dry_run=job.dry_run)
        rejects = Rejects(self.rejects_path, table.header)
        try:
            for read in _read_ahead(table):
                if self._write(writer, read, rejects):
                    return self._end(Job.State.CANCELLED)
        finally:
            rejects.close()
        job.total = job.done
        return self._end(Job.State.DONE)

    def _write(self, writer: Writer, read: _Read, rejects: Rejects) -> bool:
        """One batch, its counts and its rejects; True when somebody asked to stop."""
        with transaction.atomic():
            batch = writer.write(read.lines)
            self._count(batch, read.rows, len(read.refused))
        by_number = {row.number: row for row in read.rows}
        for number, why in sorted([*read.refused, *batch.rejected], key=lambda r: r[0]):
            rejects.add(by_number[number], why)
        if self.progress:
            self.progress(self.job)
        return Job.objects.filter(pk=self.job.pk, cancel_asked=True).exists()

    def _count(self, batch: Batch, rows: list[Row], refused: int) -> None:
        job = self.job
        job.done += len(rows)
        job.created += batch.n_created
        job.updated += batch.n_updated
        job.unchanged += batch.n_unchanged
        job.rejected += refused + len(batch.rejected)
        job.save(update_fields=["done", "created", "updated", "unchanged", "rejected"])
        self._tell()

    def _end(self, state: str, error: dict[str, object] | None = None) -> None:
        job = self.job
        job.state, job.error, job.ended_at = state, error or {}, clock.now()
        with transaction.atomic():
            job.save()
            bus.announce(
                ImportEnded(
                    subject_id=job.pk,
                    principal_id=job.principal_id,
                    actor_id=job.user_id,
                    state=state,
                    dry_run=job.dry_run,
                    rows=job.done,
                    created=job.created,
                    updated=job.updated,
                    rejected=job.rejected,
                    filename=job.filename,
                )
            )
            self._tell()

    def _tell(self) -> None:
        """Open pages of the person who asked for it fetch the job again."""
        if self.job.user_id:
            live.push(f"user:{self.job.user_id}", "notice", job_id=self.job.pk)


@dataclass(slots=True)
class _Read:
    """A batch of rows: what they say by line number, and those that say nothing that fits."""

    rows: list[Row]
    lines: list[tuple[int, Line]] = field(default_factory=list)
    refused: list[tuple[int, Invalid]] = field(default_factory=list)


def _read_ahead(table: Table) -> Iterator[_Read]:
    """The file batch by batch: while one is written, which is mostly waiting for the database, the next is read."""
    with ThreadPoolExecutor(1, thread_name_prefix="import") as reader:
        coming = reader.submit(_read, table)
        while (read := coming.result()).rows:
            coming = reader.submit(_read, table)
            yield read


def _read(table: Table) -> _Read:
    """The next batch, understood; one without rows at the end. Touches neither database nor language."""
    read = _Read(list(islice(table.rows, BATCH)))
    today = clock.now().date()
    for row in read.rows:
        try:
            if row.wrong:
                raise row.wrong
            line = columns.understand({key: row.cells[i] for i, key in table.known.items()}, today)
        except Invalid as wrong:
            read.refused.append((row.number, wrong))
            continue
        if line is not None:
            read.lines.append((row.number, line))
    return read


def _texts(facts: dict[str, object]) -> dict[str, object]:
    return {k: v if isinstance(v, int) else str(v) for k, v in facts.items()}
