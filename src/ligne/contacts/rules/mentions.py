"""Who is named by `@Name` in a note. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

# After an @ that begins a word: an address such as anne@exemple.test names nobody.
_AT = re.compile(r"(?<![\w.+-])@(?=\w)")
_WORD = re.compile(r"[\w'’-]+")


def folded(text: str) -> str:
    """`text` without accents and capitals, as people type names in a hurry."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


def read(text: str, people: Mapping[int, str]) -> tuple[list[int], list[str]]:
    """(ids named, words after an @ that name nobody). `people` gives each name by id; the longest name that fits is
    meant, and people of the same name are all meant."""
    plain = folded(text)
    names: dict[str, list[int]] = {}
    for user_id, name in people.items():
        names.setdefault(folded(name), []).append(user_id)
    longest_first = sorted(filter(None, names), key=len, reverse=True)
    found: dict[int, None] = {}
    unknown: dict[str, None] = {}
    for at in _AT.finditer(plain):
        rest = plain[at.end() :]
        known = next((n for n in longest_first if rest.startswith(n) and not rest[len(n) : len(n) + 1].isalnum()), None)
        if known is not None:
            found |= dict.fromkeys(names[known])
        elif word := _WORD.match(rest):
            unknown[word[0]] = None
    return list(found), list(unknown)


def fitting(wanted: str, people: Mapping[int, str], limit: int = 8) -> list[tuple[int, str]]:
    """(id, name) of people one of whose names begins with `wanted`, by name."""
    start = folded(wanted)
    fit = [(i, n) for i, n in people.items() if any(part.startswith(start) for part in [folded(n), *folded(n).split()])]
    return sorted(fit, key=lambda one: folded(one[1]))[:limit]
