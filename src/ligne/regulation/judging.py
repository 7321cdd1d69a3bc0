"""Judging a situation: by its act, every rule in force is asked, every one that warns or blocks is told. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ligne.regulation import retention
from ligne.regulation import situation as facts
from ligne.regulation.calendar import METROPOLITAN
from ligne.regulation.catalogue import RULES
from ligne.regulation.engine import ALLOW, BLOCK, WARN, Finding, Verdict

_GRAVITY = (ALLOW, WARN, BLOCK)


def check(situation: Mapping[str, Any], now: datetime) -> Verdict:
    """Judge a situation in the shape of `ligne rules check`; `now` is the instant meant when it names none.

    Raises `WrongField` when a field does not fit.
    """
    if not isinstance(situation, Mapping):
        raise facts.WrongField("situation", "must be an object")
    judge = _ACTS.get(str(situation.get("act")))
    if judge is None:
        raise facts.WrongField("act", f"must be one of {', '.join(_ACTS)}")
    return judge(situation, now)


def _contact(situation: Mapping[str, Any], now: datetime) -> Verdict:
    contact = facts.contact(situation, now)
    day = contact.at.astimezone(METROPOLITAN).date()
    findings = []
    for rule in RULES:
        objection = rule.object_to(contact) if rule.in_force(day) and rule.applies(contact) else None
        if objection is not None:
            findings.append(Finding(rule.id, objection.verdict, rule.source, objection))
    verdict = max((f.verdict for f in findings), key=_GRAVITY.index, default=ALLOW)
    return Verdict(verdict, findings)


_ACTS: dict[str, Callable[[Mapping[str, Any], datetime], Verdict]] = {"contact": _contact, "retention": retention.check}
