"""Better estimates from one simulation: control variates. Pure.

Beside what we look for, a run measures quantities whose exact means are known. Where a batch of the run had more of
those than their mean, it had more of what we look for too; least squares over the batches says how much, and that much
is taken off. The estimate stays that of the simulated system: a control that has nothing to do with it changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import fsum, sqrt

COLLINEAR = 1e-9


@dataclass(slots=True)
class Controls:
    """What was measured batch by batch with an exactly known mean, made orthogonal one by one."""

    directions: list[tuple[list[float], float, float]] = field(default_factory=list)  # values, their excess, square

    def add(self, values: Sequence[float], mean: float) -> None:
        """One more control; one that says nothing new is left out."""
        found = fsum(values) / len(values)
        rest, excess = [v - found for v in values], found - mean
        before = _dot(rest, rest)
        for direction, its_excess, square in self.directions:
            part = _dot(rest, direction) / square
            rest = [r - part * d for r, d in zip(rest, direction, strict=True)]
            excess -= part * its_excess
        square = _dot(rest, rest)
        if square > COLLINEAR * before and square > 0:
            self.directions.append((rest, excess, square))

    def with_own(self, *own: tuple[Sequence[float], float]) -> Controls:
        """These and some more."""
        more = Controls(list(self.directions))
        for values, mean in own:
            more.add(values, mean)
        return more

    def estimate(self, values: Sequence[float]) -> tuple[float, float]:
        """The mean of what was measured batch by batch, corrected, and its standard error."""
        count = len(values)
        mean = fsum(values) / count
        rest = [v - mean for v in values]
        for direction, excess, square in self.directions:
            part = _dot(rest, direction) / square
            rest = [r - part * d for r, d in zip(rest, direction, strict=True)]
            mean -= part * excess
        freedom = max(1, count - 1 - len(self.directions))
        return mean, sqrt(_dot(rest, rest) / freedom / count)


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return fsum(x * y for x, y in zip(a, b, strict=True))
