"""What must always hold in a centre that works, looked at every minute and shown to the administrator.

An app says it in its room `invariants`: a promise, what it means when it does not hold, what to do, and a question that
finds what contradicts it. Such a question is asked every minute of a base of any size: it reads what is open or due,
never the whole past.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from ligne.kit.registry import Registry


@dataclass(frozen=True, slots=True)
class Offender:
    """What contradicts a promise: its kind and number as in the journal ("contact", 12), and whose it is."""

    type: str
    id: int
    principal_id: int | None = None


@dataclass(frozen=True, slots=True)
class Invariant:
    """A promise of the house. `promise`, `meaning` (when it does not hold) and `remedy` are sentences marked `N_`."""

    name: str
    promise: str
    meaning: str
    remedy: str
    find: Callable[[datetime], Iterable[Offender]]


invariants: Registry[Invariant] = Registry("invariants")


def declare(found: Iterable[Invariant]) -> None:
    """Add promises; called by the wiring."""
    for one in found:
        invariants.register(one.name, one)
