"""Every rule that is executed, in the order of the catalogue of the law. A group of rules is a file and a line here."""

from __future__ import annotations

from ligne.regulation import rules_collection, rules_messages, rules_numbers, rules_sectors, rules_voice
from ligne.regulation.engine import Rule


def _place(rule: Rule) -> tuple[int, str]:
    """By number, then by letter ("14" before "14b")."""
    digits = rule.id.rstrip("abcdefghijklmnopqrstuvwxyz")
    return int(digits), rule.id[len(digits) :]


RULES: list[Rule] = sorted(
    [
        *rules_voice.RULES,
        *rules_sectors.RULES,
        *rules_numbers.RULES,
        *rules_messages.RULES,
        *rules_collection.RULES,
    ],
    key=_place,
)
