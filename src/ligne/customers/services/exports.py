"""Customers into a file that can be imported again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.db import transaction

from ligne.customers.events import CustomersExported
from ligne.customers.models import Job
from ligne.customers.reads import export
from ligne.customers.services import doors
from ligne.kit import bus, clock, csvfiles
from ligne.kit.viewer import Viewer


def export_csv(viewer: Viewer, *, principal_id: int) -> Iterator[bytes]:
    """Every living customer of the principal as CSV (semicolons, UTF-8 with a mark: what Excel opens). Journalled.

    Only supervisors and administrators. The check is made when called, the rows are read as they are taken.
    """
    _announce(viewer, principal_id, "csv")
    return csvfiles.pieces(export.rows(viewer, principal_id))


def export_xlsx(viewer: Viewer, *, principal_id: int, path: Path) -> int:
    """The same as a spreadsheet at `path`; returns the number of customers."""
    _announce(viewer, principal_id, "xlsx")
    import openpyxl  # half a second that only a spreadsheet is worth

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Clients" if viewer.language.startswith("fr") else "Customers")
    rows = -1
    for row in export.rows(viewer, principal_id):
        sheet.append(row)
        rows += 1
    book.save(path)
    return rows


def _announce(viewer: Viewer, principal_id: int, kind: str) -> None:
    doors.writer(viewer, *doors.KEEPERS)
    doors.within(viewer, principal_id)
    now = clock.now()
    rows = export.count(viewer, principal_id)
    with transaction.atomic():
        job = Job.objects.create(
            principal_id=principal_id,
            kind=Job.Kind.EXPORT,
            state=Job.State.DONE,
            total=rows,
            done=rows,
            language=viewer.language,
            user_id=viewer.user_id,
            created_at=now,
            ended_at=now,
        )
        bus.announce(
            CustomersExported(
                subject_id=job.pk, principal_id=principal_id, actor_id=viewer.user_id, rows=rows, format=kind
            )
        )
