"""Who is it? Certain, candidates, or unknown. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

CERTAIN, CANDIDATES, UNKNOWN = "certain", "candidates", "unknown"


@dataclass(frozen=True, slots=True)
class Decision:
    """`state` and, when certain, who; else the customers worth proposing, by id."""

    state: str
    customer_id: int | None
    candidates: frozenset[int]


def decide(exact: Mapping[str, Iterable[int]], alike: Iterable[int]) -> Decision:
    """Decide from who holds each exact fact ("phone", "email": ids of living customers) and who is merely alike.

    Certain means: every exact fact that anybody holds points to the same one customer. Two facts pointing to two
    customers, a number shared by a household with nothing else to tell them apart, or a name alone are candidates.
    """
    held = [frozenset(ids) for ids in exact.values()]
    held = [ids for ids in held if ids]
    if held:
        common = frozenset.intersection(*held)
        if len(common) == 1:
            (only,) = common
            return Decision(CERTAIN, only, common)
        return Decision(CANDIDATES, None, frozenset().union(*held))
    proposed = frozenset(alike)
    return Decision(CANDIDATES if proposed else UNKNOWN, None, proposed)
