"""`ligne import customers` and `ligne export customers`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

IMPORT_KEYS = ("state", "total", "done", "created", "updated", "unchanged", "rejected")


@click.command("customers")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--principal", required=True, help="The company's slug.")
@click.option("--dry-run", is_flag=True, help="Tell what would happen, write nothing.")
@click.option("--rejects", type=click.Path(dir_okay=False, path_type=Path), help="Where refused lines are written.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def import_customers(file: Path, principal: str, dry_run: bool, rejects: Path | None, as_json: bool) -> None:
    """Import customers from a CSV or XLSX FILE; the same file twice creates nobody twice.

    Exit 0 when every line was taken, 1 when some were refused or the file cannot be read, 2 on wrong use.
    """
    import django

    django.setup()
    from ligne.customers.services import imports
    from ligne.kit import processes
    from ligne.kit.errors import DomainError

    viewer, principal_id = _viewer(principal)
    processes.collect_seldom()
    try:
        with click.progressbar(length=1, label=file.name, file=sys.stderr, hidden=as_json) as bar:

            def show(job: Any) -> None:
                bar.length = max(job.total, job.done, 1)
                bar.pos = job.done
                bar.update(0)

            job = imports.import_file(
                viewer, principal_id=principal_id, path=file, rejects=rejects, dry_run=dry_run, progress=show
            )
    except DomainError as error:
        _refuse(error)
    result = {key: getattr(job, key) for key in IMPORT_KEYS} | {
        "dry_run": job.dry_run,
        "ignored_columns": job.ignored_columns,
        "rejects": str(rejects) if rejects else None,
    }
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
    else:
        click.echo(", ".join(f"{key} {result[key]}" for key in IMPORT_KEYS))
    sys.exit(0 if job.state == "done" and not job.rejected else 1)


@click.command("customers")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--principal", required=True, help="The company's slug.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def export_customers(file: Path, principal: str, as_json: bool) -> None:
    """Export every customer of a company to FILE, CSV or XLSX by its ending."""
    import django

    django.setup()
    from ligne.customers import reads
    from ligne.customers.services import exports
    from ligne.kit.errors import DomainError

    viewer, principal_id = _viewer(principal)
    try:
        rows = reads.export_count(viewer, principal_id)
        if file.suffix.lower() == ".xlsx":
            exports.export_xlsx(viewer, principal_id=principal_id, path=file)
        else:
            with file.open("wb") as handle:
                handle.writelines(exports.export_csv(viewer, principal_id=principal_id))
    except DomainError as error:
        _refuse(error)
    click.echo(json.dumps({"rows": rows, "file": str(file)}) if as_json else f"{rows} → {file}")


def _viewer(slug: str) -> tuple[Any, int]:
    from ligne.kit.viewer import Viewer
    from ligne.staff import reads as staff

    principal = staff.principal_called(slug)
    if principal is None:
        click.echo(f"--principal: no company is called “{slug}”", err=True)
        sys.exit(2)
    return Viewer.system(principal.pk), principal.pk


def _refuse(error: Exception) -> NoReturn:
    click.echo(str(error), err=True)
    sys.exit(1)


@click.group("import")
def import_group() -> None:
    """Bring in customers from a file."""


@click.group("export")
def export_group() -> None:
    """Write customers to a file."""


import_group.add_command(import_customers)
export_group.add_command(export_customers)
commands: list[click.Command] = [import_group, export_group]
