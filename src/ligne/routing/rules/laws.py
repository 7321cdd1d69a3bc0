"""Two systems whose laws are known exactly, between which every way of sharing people lies: everybody does everything,
and nobody helps another class. Pure.

Calls come as Poisson streams and last an exponential time of mean 1; who waits may give up after an exponential time of
rate `theta`. Both systems are birth-and-death chains (the second a product of such chains cut off by the shared waiting
room, which stays reversible), so their stationary laws are products of ratios, without any approximation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

NEGLIGIBLE = 1e-15


def pooled(load: float, agents: int, room: int | None, theta: float) -> list[float]:
    """The probability of each number present (served and waiting) where everybody does everything."""
    weights = _weights(load, agents, room, theta)
    total = sum(weights)
    return [w / total for w in weights]


@dataclass(frozen=True, slots=True)
class Apart:
    """The law of classes that share only the waiting room: of each class the probability of each number present, and
    the mean number of classes whose next call would be blocked."""

    present: list[list[float]]
    blocked: float


def apart(loads: Sequence[float], agents: Sequence[int], room: int | None, theta: float) -> Apart:
    """Where class i has `agents[i]` people of its own and helps nobody."""
    each = [_weights(load, own, room, theta) for load, own in zip(loads, agents, strict=True)]
    if room is None:
        return Apart([[w / sum(weights) for w in weights] for weights in each], 0.0)
    # by length of line: no line at all, or so many waiting
    lines = [[sum(w[: own + 1]), *w[own + 1 :]] for w, own in zip(each, agents, strict=True)]
    present, blocked = [], 0.0
    for own, weights in enumerate(each):
        others = _sum_of([line for number, line in enumerate(lines) if number != own], room)
        fit = [sum(others[: left + 1]) for left in range(room + 1)]
        joint = [w * fit[room - max(0, n - agents[own])] for n, w in enumerate(weights)]
        total = sum(joint)
        present.append([j / total for j in joint])
        blocked += sum(weights[agents[own] + waits] * others[room - waits] for waits in range(room + 1)) / total
    return Apart(present, blocked)


def within(agents: int, waiting: int, limit: float) -> float:
    """The probability that who finds everybody busy and `waiting` in line is served within `limit`, in order of
    arrival, when nobody gives up: an Erlang law of `waiting` + 1 steps at rate `agents`."""
    mean = agents * limit
    term = not_yet = exp(-mean)
    for step in range(1, waiting + 1):
        term *= mean / step
        not_yet += term
    return 1 - not_yet


def _weights(load: float, agents: int, room: int | None, theta: float) -> list[float]:
    """Unnormalised probabilities of 0, 1, … present; cut where the rest is negligible when there is no limit."""
    weights = [1.0]
    total, n = 1.0, 0
    while room is None or n < agents + room:
        n += 1
        ratio = load / (min(n, agents) + theta * max(0, n - agents))
        weights.append(weights[-1] * ratio)
        total += weights[-1]
        if room is None and n > agents and ratio < 1 and weights[-1] / (1 - ratio) < NEGLIGIBLE * total:
            break
        if total > 1e200:  # a large centre: only ratios matter
            weights = [w / total for w in weights]
            total = 1.0
    return weights


def _sum_of(lines: Sequence[Sequence[float]], room: int) -> list[float]:
    """The weights of the total length of several independent lines, up to `room`."""
    total = [1.0] + [0.0] * room
    for line in lines:
        total = [sum(total[n - k] * line[k] for k in range(n + 1)) for n in range(room + 1)]
    return total
