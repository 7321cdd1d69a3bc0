"""The configurations of deploy/cluster, filled in for one host."""

from __future__ import annotations

from pathlib import Path
from string import Template

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "cluster"
NAMES = ("etcd.yml", "patroni.yml", "first-database.sh", "pgbouncer.ini", "userlist.txt", "haproxy.cfg", "ligne.env")


class Unfilled(Exception):
    """A template names something that nobody gave."""


def fill(name: str, facts: dict[str, str]) -> str:
    """The file `name` with `facts` in the place of its ${…}. Raises `Unfilled`."""
    # `$1` and the like are the files' own; a misspelt ${name} must not pass.
    text = Template((FOLDER / name).read_text(encoding="utf-8")).safe_substitute(facts)
    settings = [line for line in text.splitlines() if not line.lstrip().startswith(("#", ";"))]
    left = [line.strip() for line in settings if "${" in line]
    if left:
        raise Unfilled(f"{name}: {left[0]}")
    return text


def environment(text: str) -> dict[str, str]:
    """The NAME=value lines of an environment file."""
    lines = (line.strip() for line in text.splitlines())
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
