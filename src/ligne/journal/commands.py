"""`ligne journal verify`: prove that the trace is whole."""

from __future__ import annotations

import json

import click


@click.group()
def journal() -> None:
    """The append-only trace."""


@journal.command()
@click.option("--json", "as_json", is_flag=True)
def verify(*, as_json: bool) -> None:
    """Read and hash everything again. Exit 1 when something was changed, removed or inserted."""
    import django

    django.setup()
    from ligne.journal import services

    found = services.verify()
    if as_json:
        told = {"ok": found.ok, "entries": found.entries, "head": found.head}
        click.echo(json.dumps(told | {"sealed": found.sealed, "problems": found.problems}))
    else:
        click.echo(f"{found.entries} entries, {found.sealed} under seals, head {found.head}")
    for problem in [] if as_json else found.problems:
        click.echo(problem, err=True)
    raise SystemExit(0 if found.ok else 1)


commands = [journal]
