"""Names of people and businesses, made comparable. Pure."""

from __future__ import annotations

import re
import unicodedata

# Letters that decomposition leaves whole; PostgreSQL's unaccent writes them the same way.
_WHOLE = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"})
_BREAKS = re.compile(r"[\s\-'’‘.,;:/()&+_\"«»]+")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]")

_CIVILITIES = {
    "Mme": {"mme", "madame", "mlle", "mademoiselle", "mrs", "ms", "miss", "f"},
    "M.": {"m", "mr", "monsieur", "h"},
}


def tidy(text: str) -> str:
    """`text` in composed Unicode, without control characters, its spaces single: what is stored and shown."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    composed = unicodedata.normalize("NFC", _UNPRINTABLE.sub("", text.replace("\t", " ").replace("\n", " ")))
    return " ".join(composed.split())


def key(text: str) -> str:
    """`text` for comparison: upper case, no accents, every break one space ("D’Arc-Noël" -> "D ARC NOEL")."""
    bare = text
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", text.translate(_WHOLE))
        bare = "".join(c for c in plain if not unicodedata.combining(c))
    return _BREAKS.sub(" ", bare.upper()).strip()


def display(*, kind: str, civility: str, first_name: str, last_name: str, company_name: str, number: int | None) -> str:
    """How people say it: "Mme Anne Lefèvre", "Boulangerie Coline"; empty names say so by the file's number."""
    if kind == "business" and company_name:
        return company_name
    parts = [part for part in (civility, first_name, last_name) if part]
    return " ".join(parts) or company_name or f"n° {number}"


def civility(text: str) -> str:
    """ "Mme", "M." or "" for what people write in a title column."""
    word = text.strip().rstrip(".").casefold()
    return next((kept for kept, known in _CIVILITIES.items() if word in known), "")


def distance(left: str, right: str) -> int:
    """The number of letters to add, drop or change to turn one into the other (Levenshtein)."""
    if len(left) < len(right):
        left, right = right, left
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        previous, row[0] = row[0], i
        for j, b in enumerate(right, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (a != b))
    return row[-1]


def alike(left: str, right: str) -> float:
    """How near two keys are, 0 to 1, the same both ways; 1 only for equal ones, 0 when one is empty."""
    if not left or not right:
        return 0.0
    if left == right:
        return 1.0
    return 1 - distance(left, right) / max(len(left), len(right))


def same_first_name(left: str, right: str) -> bool:
    """Whether two first-name keys can be one person's: equal, initial, part of a compound ("JEAN", "JEAN PAUL")."""
    if not left or not right:
        return False
    a, b = left.split(), right.split()
    shorter, longer = (a, b) if len(a) <= len(b) else (b, a)
    return (
        all(
            s == w or (len(s) == 1 and w.startswith(s)) or (len(w) == 1 and s.startswith(w))
            for s, w in zip(shorter, longer, strict=False)
        )
        or alike(left, right) >= 0.8
    )
