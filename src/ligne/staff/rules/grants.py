"""What a person may decide alone: limits of responsibility. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ligne.kit.text import N_


@dataclass(frozen=True, slots=True)
class GrantFact:
    """A grant that concerns somebody: `personal` when it names them, else their role's.

    `limit_cents` and `limit_percent` bound what they may give; None: not bounded in that way.
    """

    personal: bool
    limit_cents: int | None = None
    limit_percent: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, and the sentence that explains it with its `facts`."""

    allowed: bool
    reason: str
    facts: dict[str, object] = field(default_factory=dict)


def decide(grants: Iterable[GrantFact], *, cents: int | None = None, percent: int | None = None) -> Decision:
    """Whether `cents` or `percent` stay within what was granted. A personal grant wins over the role's, also when it
    is narrower; without any grant the answer is no."""
    known = list(grants)
    grant = next((g for g in known if g.personal), known[0] if known else None)
    if grant is None:
        return Decision(False, N_("Nobody granted this to you: ask a supervisor."))
    if cents is not None and grant.limit_cents is not None and cents > grant.limit_cents:
        return Decision(
            False,
            N_("This is above your limit of %(limit)s: ask a supervisor."),
            {"limit": f"{grant.limit_cents / 100:.2f} €".replace(".", ",")},
        )
    if percent is not None and grant.limit_percent is not None and percent > grant.limit_percent:
        return Decision(
            False,
            N_("This is above your limit of %(limit)s: ask a supervisor."),
            {"limit": f"{grant.limit_percent} %"},
        )
    if grant.personal:
        return Decision(True, N_("Within what you were granted personally."))
    return Decision(True, N_("Within what your role may decide."))
