"""Sets of entry ids written as PostgreSQL writes them: "{[3,6),[9,10)}". Pure."""

from __future__ import annotations

import re
from bisect import bisect_right

_RANGE = re.compile(r"\[(\d+),(\d+)\)")


class Ranges:
    """Ids in half-open ranges; membership in logarithmic time once `add_text` calls are over."""

    def __init__(self) -> None:
        self._ranges: list[tuple[int, int]] = []
        self._merged = True

    def add_text(self, text: object) -> None:
        """Add a multirange in PostgreSQL's writing; anything else adds nothing."""
        self._ranges += [(int(low), int(high)) for low, high in _RANGE.findall(str(text))]
        self._merged = False

    def __contains__(self, number: int) -> bool:
        if not self._merged:
            self._merge()
        index = bisect_right(self._ranges, (number, 1 << 63)) - 1
        return index >= 0 and number < self._ranges[index][1]

    def _merge(self) -> None:
        merged: list[tuple[int, int]] = []
        for low, high in sorted(self._ranges):
            if merged and low <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
            else:
                merged.append((low, high))
        self._ranges, self._merged = merged, True
