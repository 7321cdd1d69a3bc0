"""What other apps tell the staff app about themselves, so that an administrator can set it here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ligne.kit.registry import Registry
from ligne.kit.text import N_

YES_NO, NUMBER, TEXT, LINES = "yes_no", "number", "text", "lines"


@dataclass(frozen=True, slots=True)
class ChannelCapacity:
    """A channel people have a capacity on; `default` exchanges at once when nothing is set."""

    key: str
    label: str
    default: int


@dataclass(frozen=True, slots=True)
class Action:
    """Something people may be granted, bounded by an amount, a percentage, or not at all."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Policy:
    """One setting of a principal. `kind` is one of the constants above; `low` and `high` bound a number."""

    key: str
    label: str
    kind: str
    default: Any
    help: str = ""
    low: int = 0
    high: int = 86_400


capacities: Registry[ChannelCapacity] = Registry("channel capacities")
actions: Registry[Action] = Registry("granted actions")
policies: Registry[Policy] = Registry("policies")

for _action in (
    Action("refund", N_("Refund")),
    Action("discount", N_("Discount")),
    Action("goodwill", N_("Goodwill gesture")),
):
    actions.register(_action.key, _action)

for _policy in (
    Policy(
        "identity_questions",
        N_("Identity questions"),
        LINES,
        [],
        help=N_("One question a line, asked before sensitive information is shown."),
    ),
    Policy("mail_footer", N_("Foot of every mail"), TEXT, "", help=N_("Written under each person’s signature.")),
    Policy(
        "after_call_s",
        N_("After-call work aimed at, in seconds"),
        NUMBER,
        60,
        help=N_("Shown as a target; the work is never cut short."),
        high=3600,
    ),
):
    policies.register(_policy.key, _policy)
