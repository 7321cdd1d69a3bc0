"""`ligne mail parse`: what is understood of a mail. Needs no database."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click


@click.group()
def mail() -> None:
    """Mails, and what is understood of them."""


@mail.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, as documented.")
@click.argument("file")
def parse(*, as_json: bool, file: str) -> None:
    """Say what is understood of the mail in FILE ("-": standard input). Any bytes give an answer."""
    from ligne.channels.email.rules.parse import parse as understand

    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        click.echo(f"FILE: {file}: {reason}", err=True)
        raise SystemExit(2) from None
    understood = understand(content)
    if as_json:
        _write(json.dumps(understood.as_json(), ensure_ascii=False))
        return
    sender = understood.sender
    lines = {
        "from": f"{sender.name} <{sender.address}>" if sender else "-",
        "subject": understood.subject or "-",
        "date": understood.date.isoformat() if understood.date else "-",
        "files": ", ".join(a.filename for a in understood.attachments) or "-",
        "odd": ", ".join(understood.defects) or "-",
    }
    _write("\n".join(f"{key:8} {value}" for key, value in lines.items()) + f"\n\n{understood.new_text}")


def _write(text: str) -> None:
    """UTF-8 whatever the terminal says of itself."""
    sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()


commands: list[click.Command] = [mail]
