"""`ligne rules check`: the law asked from outside. Needs neither database nor settings."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from gettext import translation
from pathlib import Path
from typing import Any, NoReturn

import click

from ligne import regulation

LANGUAGES = ("fr", "en")


@click.group()
def rules() -> None:
    """The law of the trade."""


@rules.command()
@click.option("--json", "as_json", is_flag=True, help="Accepted for uniformity: the answer is always JSON.")
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    help="The language of the reasons; else that of LANG, else French.",
)
def check(*, as_json: bool, language: str | None) -> None:
    """Judge the situation, or the list of situations, on standard input; every failing rule comes out."""
    _speak(language or _language())
    given = _read()
    now = datetime.now(UTC)
    answers = [_judge(one, f"[{i}]." if isinstance(given, list) else "", now) for i, one in enumerate(_listed(given))]
    click.echo(json.dumps(answers if isinstance(given, list) else answers[0], ensure_ascii=False))


def _language() -> str:
    """That of the terminal when the law speaks it, else French; as gettext reads the environment."""
    said = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return said[:2].lower() if said[:2].lower() in LANGUAGES else LANGUAGES[0]


def _speak(language: str) -> None:
    """Tell reasons in `language`: the catalogue is read by itself, since Django's settings are not needed here."""
    if language != "en":  # the sentences in the code are English
        catalogue = Path(regulation.__file__).parent / "locale"
        regulation.speak_with(translation("django", catalogue, [language], fallback=True).gettext)


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
