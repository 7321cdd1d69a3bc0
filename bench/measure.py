"""What a measure is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Figures = dict[str, Any]


@dataclass(frozen=True)
class Measure:
    """One line of the report; `met` is None where no bar is set."""

    name: str
    what: str
    bar: str
    figures: Figures
    met: bool | None
