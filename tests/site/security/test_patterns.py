"""No regular expression of ours can be made to run for ever: none repeats, without bound, what already repeats.

Looked up in their parsed form, not timed: a repetition inside a repetition is what makes a pattern try every way to
share a text between the two.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import pytest

ROOT = Path(__file__).parents[3] / "src" / "ligne"
CALLS = {"compile", "match", "search", "sub", "fullmatch", "findall", "finditer", "split"}
# More than this is without bound to an attacker.
MANY = 64
# Nested, and yet of one reading only: each turn of the outer one begins with a sign that the inner one never takes.
SEPARATED = {
    r"[a-z0-9]+(-[a-z0-9]+)*",
}


def patterns() -> Iterator[tuple[str, str]]:
    """(where, pattern) of every literal given to `re`."""
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="re"), attr=called), args=[ast.Constant(value=text), *_]
                ) if called in CALLS:
                    where = f"{path.relative_to(ROOT)}:{node.lineno}"
                    yield where, text.decode("latin-1") if isinstance(text, bytes) else text


def nested(parsed: Any, inside: bool = False) -> bool:
    """Whether an unbounded repetition stands inside another."""
    for kind, value in parsed:
        if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            most = value[1]
            endless = most is sre.MAXREPEAT or most > MANY
            if (inside and endless) or nested(value[2], inside or endless):
                return True
        elif kind is sre.SUBPATTERN:
            if nested(value[3], inside):
                return True
        elif kind is sre.BRANCH:
            if any(nested(branch, inside) for branch in value[1]):
                return True
        elif kind in (sre.ASSERT, sre.ASSERT_NOT) and nested(value[1], inside):
            return True
    return False


FOUND = sorted(set(patterns()))


@pytest.mark.parametrize(("where", "pattern"), FOUND, ids=[where for where, _ in FOUND])
def test_no_repetition_stands_inside_another(where: str, pattern: str) -> None:
    assert pattern in SEPARATED or not nested(_parser.parse(pattern)), pattern


def test_the_search_finds_what_it_looks_for() -> None:
    assert len(FOUND) > 40
    for bad in (r"(a+)+", r"(a*)*b", r"(?:a|b+)*", r"([^@]{1,99}\.)+", r"(?=(x+)+)"):
        assert nested(_parser.parse(bad)), bad
    for good in (r"a+b+", r"(ab)+", r"(?:a{1,8}\.){1,8}", r"[a-z]+@[a-z]+"):
        assert not nested(_parser.parse(good)), good


def test_what_is_said_to_be_separated_still_exists() -> None:
    assert {pattern for _, pattern in FOUND} >= SEPARATED
    assert re.fullmatch(next(iter(SEPARATED)), "a-b")
