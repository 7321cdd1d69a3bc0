"""What a principal decides for its own contacts: named, typed, checked. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ligne.kit.errors import Invalid
from ligne.kit.text import N_
from ligne.staff.ports import LINES, NUMBER, YES_NO, Policy


def check(values: dict[str, Any], known: Iterable[Policy]) -> dict[str, Any]:
    """`values` when every one is known and of its kind. Raises `Invalid` on `policies`, naming the setting."""
    by_key = {policy.key: policy for policy in known}
    if not isinstance(values, dict):
        raise Invalid(N_("Policies must be a set of named settings. Nothing was saved."), field="policies")
    for key, value in values.items():
        if key not in by_key:
            raise Invalid(N_("There is no setting called “%(name)s”. Nothing was saved."), field="policies", name=key)
        if not _fits(by_key[key], value):
            raise Invalid(N_("The setting “%(name)s” does not fit. Nothing was saved."), field="policies", name=key)
    return values


def _fits(policy: Policy, value: object) -> bool:
    if policy.kind == YES_NO:
        return isinstance(value, bool)
    if policy.kind == NUMBER:
        return isinstance(value, int) and not isinstance(value, bool) and policy.low <= value <= policy.high
    if policy.kind == LINES:
        return isinstance(value, list) and all(isinstance(line, str) and line.strip() for line in value)
    return isinstance(value, str)
