"""The measures, in the order they are printed. Each returns its figures, its bar, and whether the bar is met."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bench import arrival, calls, finding, importing, listening, live, routing, routing_quality, start, wall
from bench.measure import Measure

# Each room of the bench: the names it prints, and what takes them.
ROOMS: list[tuple[frozenset[str], Callable[[], Iterator[Measure]]]] = [
    (frozenset({"P16", "traffic"}), start.measures),
    (frozenset({"P2"}), arrival.measures),
    (frozenset({"P7"}), wall.measures),
    (frozenset({"P3", "P4", "P5", "P6"}), finding.measures),
    (frozenset({"import"}), importing.measures),
    (frozenset({"P8"}), live.measures),
    (frozenset({"P1"}), routing.measures),
    (frozenset({"P10"}), routing_quality.measures),
    (frozenset({"P14"}), listening.measures),
    (frozenset({"P15"}), calls.measures),
]


def chosen(names: set[str]) -> Iterator[Measure]:
    """Those asked for by name, or all; a room that shares its preparation is run whole and printed in part."""
    for holds, measures in ROOMS:
        if not names or names & holds:
            yield from (measure for measure in measures() if not names or measure.name in names)
