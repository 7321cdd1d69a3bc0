"""`ligne rules check`: the law asked from outside. Needs neither database nor settings."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Any, NoReturn

import click

from ligne import regulation


@click.group()
def rules() -> None:
    """The law of the trade."""


@rules.command()
@click.option("--json", "as_json", is_flag=True, help="Accepted for uniformity: the answer is always JSON.")
def check(*, as_json: bool) -> None:
    """Judge the situation, or the list of situations, on standard input; every failing rule comes out."""
    given = _read()
    now = datetime.now(UTC)
    answers = [_judge(one, f"[{i}]." if isinstance(given, list) else "", now) for i, one in enumerate(_listed(given))]
    click.echo(json.dumps(answers if isinstance(given, list) else answers[0], ensure_ascii=False))


def _listed(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def _judge(situation: Any, prefix: str, now: datetime) -> dict[str, Any]:
    try:
        return regulation.check(situation, now).as_dict()
    except regulation.WrongField as error:
        _wrong(f"{prefix}{error}")


def _read() -> Any:
    try:
        return json.loads(sys.stdin.buffer.read())
    except (ValueError, RecursionError):
        _wrong("situation: the input is not JSON")


def _wrong(line: str) -> NoReturn:
    click.echo(line, err=True)
    raise SystemExit(2)


commands = [rules]
