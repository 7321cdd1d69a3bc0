"""Filling a reply template from the customer's file. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SLOT = re.compile(r"\{\{\s*([a-zéèêàçù_]{1,40})\s*\}\}", re.IGNORECASE)


def fill(text: str, facts: Mapping[str, str]) -> str:
    """`text` with each «{{ name }}» replaced by its fact; an unknown or empty one becomes a visible «[name]»."""
    return _SLOT.sub(lambda m: facts.get(m.group(1).lower(), "") or f"[{m.group(1)}]", text)
