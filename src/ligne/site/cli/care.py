"""Commands that look after the centre."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click


@click.command()
@click.option("--json", "as_json", is_flag=True)
def doctor(*, as_json: bool) -> None:
    """Say what is configured, missing, reachable. Exit 1 when something is wrong."""
    from ligne.site import doctor as surgery

    findings = surgery.examine()
    if as_json:
        click.echo(json.dumps([finding.__dict__ for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(f"{finding.state:<6} {finding.part:<16} {finding.detail}")
    raise SystemExit(1 if any(finding.state == "wrong" for finding in findings) else 0)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--with-key", is_flag=True, help="Put the centre's key into FILE too; it then opens everything.")
@click.option("--json", "as_json", is_flag=True)
def backup(*, file: Path, with_key: bool, as_json: bool) -> None:
    """Write everything into FILE: database and files. The centre may go on working meanwhile.

    FILE holds people's data. The key that seals passwords (secret_key) is to be kept apart from it.
    """
    from ligne.site import backup as archive

    manifest = archive.write(file, with_key=with_key, tell=_tell)
    size = file.stat().st_size
    told = manifest | {"file": str(file), "bytes": size}
    click.echo(
        json.dumps(told) if as_json else f"written {file}, {size / 1e6:.1f} MB, journal {manifest['journal_head']}"
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--key",
    "key_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The secret_key of the centre that FILE was made in, when FILE does not hold it.",
)
@click.option("--force", is_flag=True, help="Replace what is there.")
@click.option("--json", "as_json", is_flag=True)
def restore(*, file: Path, key_file: Path | None, force: bool, as_json: bool) -> None:
    """Bring back what FILE holds, into an empty centre that does not run."""
    from ligne.site import backup as archive

    try:
        manifest = archive.restore(file, key_file=key_file, force=force, tell=_tell)
    except archive.CannotRestore as reason:
        raise click.ClickException(str(reason)) from None
    click.echo(json.dumps(manifest) if as_json else f"restored {file}, journal {manifest['journal_head']}")


@click.command()
@click.option("--json", "as_json", is_flag=True)
def wires(*, as_json: bool) -> None:
    """Print who listens to what."""
    import django

    django.setup()
    from ligne.kit import bus

    rows = bus.wires()
    if as_json:
        click.echo(json.dumps([{"event": kind, "when": when, "listener": name} for kind, when, name in rows]))
        return
    width = max((len(kind) for kind, _, _ in rows), default=0)
    for kind, when, name in rows:
        click.echo(f"{kind:<{width}}  {when:<5}  {name}")


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")


commands: list[click.Command] = [doctor, backup, restore, wires]
