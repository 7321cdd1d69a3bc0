"""What more advisors would need, computed from measured figures: rewrites the table of docs/scale.md.

    python tools/scale.py           print the table
    python tools/scale.py --write   put it into docs/scale.md

Measured figures come from bench/last.json (`make bench`, and `make cluster` for sizes). A cell whose figure was not
measured names the measure that is missing.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LAST = ROOT / "bench" / "last.json"
PAPER = ROOT / "docs" / "scale.md"
BEGIN, END = "<!-- computed by tools/scale.py -->", "<!-- end -->"
SIZES = (500, 5_000, 260_000)

# What is assumed, and no measure of ours: change it here and run again.
PRESENT = 0.5  # of the advisors employed, at work in the busiest hour
CONTACTS_AN_HOUR = 8  # by an advisor at work: 6 minutes each, busy 80 % of the time
HOURS_A_YEAR = 1_450  # at work, by an advisor employed
BURST = 3  # the busiest second beside the busiest hour
LOAD = 0.5  # of a core that is used on purpose: the rest is for bursts and for a lost machine
PUSHES = 30  # changes told to open pages for each contact
PAGE_BYTES = 15_000  # of one answer to a desk, compressed
FILES_BYTES = 60_000  # of attachments and raw mail for each contact, all channels together
CORES = 32  # of one database server
P8_BUSY_S = 20  # how long desks are busy in P8, seconds (bench/live.py)


class Missing(Exception):
    """A figure that nobody measured yet."""


class Measured:
    """The figures of the last run, by path."""

    def __init__(self, figures: dict[str, Any]) -> None:
        self._figures = figures

    def __call__(self, name: str, *path: str) -> float:
        """One figure of the measure `name`. Raises `Missing`."""
        found: Any = self._figures.get(name)
        for step in path:
            found = found.get(step) if isinstance(found, dict) else None
        if not isinstance(found, int | float):
            raise Missing(name)
        return float(found)

    def cores(self) -> dict[str, float]:
        """Cores each part used in P2, for one arrival a second, at the highest rate kept up with. Raises `Missing`."""
        used = (self._figures.get("P2") or {}).get("cores_used")
        if not isinstance(used, dict):
            raise Missing("P2")
        return {part: float(cores) / self("P2", "rate") for part, cores in used.items()}


def peak(advisors: int) -> float:
    """Contacts a second in the busiest hour."""
    return advisors * PRESENT * CONTACTS_AN_HOUR / 3600


def yearly(advisors: int) -> float:
    """Contacts a year."""
    return advisors * HOURS_A_YEAR * CONTACTS_AN_HOUR


Row = tuple[str, Callable[[int, Measured], float], str]
ROWS: list[Row] = [
    ("contacts a second, busiest hour", lambda n, m: peak(n), ""),
    ("contacts a second, busiest second", lambda n, m: peak(n) * BURST, ""),
    ("contacts a year", lambda n, m: yearly(n), ""),
    ("desks connected", lambda n, m: n * PRESENT, ""),
    ("routers needed (P1)", lambda n, m: math.ceil(peak(n) * BURST / m("P1", "routed_per_s")), ""),
    ("cores, web and worker (P2)", lambda n, m: _cores(n, m, lambda part: part != "postgres"), ""),
    ("cores, database (P2)", lambda n, m: _cores(n, m, lambda part: part == "postgres"), ""),
    ("database servers of 32 cores (P2)", lambda n, m: math.ceil(_cores(n, m, lambda p: p == "postgres") / CORES), ""),
    ("memory of live lines (P8)", lambda n, m: n * PRESENT * m("P8", "busy", "rss_kb_each") * 1024, "B"),
    ("cores, live lines (P8)", lambda n, m: peak(n) * PUSHES * _core_of_a_push(m) / LOAD, ""),
    ("database a year (cluster)", lambda n, m: yearly(n) * m("cluster", "bytes_per_contact"), "B"),
    ("files a year", lambda n, m: yearly(n) * FILES_BYTES, "B"),
    ("replication to each replica (cluster)", lambda n, m: peak(n) * m("cluster", "wal_bytes_per_contact"), "B/s"),
    ("network of desks (P2)", lambda n, m: peak(n) * m("P2", "requests_per_arrival") * PAGE_BYTES, "B/s"),
]


def _cores(advisors: int, measured: Measured, of: Callable[[str], bool]) -> float:
    return peak(advisors) * sum(cores for part, cores in measured.cores().items() if of(part)) / LOAD


def _core_of_a_push(measured: Measured) -> float:
    """Core-seconds for one change told to one page."""
    return measured("P8", "busy", "cpu_share") * P8_BUSY_S / measured("P8", "busy", "said")


def table(measured: Measured) -> str:
    """The table, one column a size."""
    head = "| | " + " | ".join(f"{_number(size)} advisors" for size in SIZES) + " |"
    lines = [head, "|---|" + "---:|" * len(SIZES)]
    for words, compute, unit in ROWS:
        cells = [_cell(compute, size, measured, unit) for size in SIZES]
        lines.append(f"| {words} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(compute: Callable[[int, Measured], float], size: int, measured: Measured, unit: str) -> str:
    try:
        value = compute(size, measured)
    except Missing as what:
        return f"({what} not taken)"
    for step in ("", "k", "M", "G", "T"):
        if not unit or value < 1000:
            return f"{_number(value)} {step}{unit}".strip()
        value /= 1000
    return f"{_number(value)} P{unit}"


def _number(value: float) -> str:
    """Two meaningful figures below 100, thousands set apart above."""
    text = f"{value:.2g}" if value < 10 else f"{value:.0f}" if value < 1000 else f"{round(value, -2):,.0f}"
    return text.replace(",", " ")


def main() -> int:
    """Print or write the table."""
    figures = json.loads(LAST.read_text()) if LAST.exists() else {}
    made = table(Measured(figures))
    if "--write" not in sys.argv[1:]:
        print(made)
        return 0
    before, _, rest = PAPER.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAPER.write_text(f"{before}{BEGIN}\n\n{made}\n\n{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
