"""What rules and verdicts are made of. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ligne.kit.text import N_
from ligne.regulation import situation as facts

ALLOW, WARN, BLOCK = "allow", "warn", "block"

_translate: Callable[[str], str] = N_


def speak_with(translate: Callable[[str], str]) -> None:
    """Let reasons be told in the reader's language; set once where the program is assembled."""
    global _translate  # noqa: PLW0603 - the one assembly point
    _translate = translate


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a rule does not let the contact pass: an English sentence marked for translation, and its facts."""

    sentence: str
    verdict: str = BLOCK
    told: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """A dated, cited rule. `confidence`: S1 text read, S2 secondary source, R recalled, P policy of the house.

    In force from `since` to before `until` (None: without end), by the date at the place of the person. `applies` says
    whether the situation is one it speaks of; `object_to` returns None when it has nothing against it.
    """

    id: str
    source: str
    confidence: str
    since: date
    applies: Callable[[facts.Contact], bool]
    object_to: Callable[[facts.Contact], Objection | None]
    until: date | None = None

    def in_force(self, day: date) -> bool:
        """Whether the rule is law on `day`."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that warns or blocks."""

    id: str
    verdict: str
    source: str
    objection: Objection

    @property
    def reason(self) -> str:
        """The sentence for people, in the language set by `speak_with`."""
        return _translate(self.objection.sentence) % self.objection.told

    def as_dict(self) -> dict[str, str]:
        """The shape of 7-interfaces."""
        return {"id": self.id, "verdict": self.verdict, "reason": self.reason, "source": self.source}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gravest of the findings, and all of them in the order of the catalogue."""

    verdict: str
    rules: list[Finding]

    def as_dict(self) -> dict[str, Any]:
        """The shape of 7-interfaces."""
        return {"verdict": self.verdict, "rules": [finding.as_dict() for finding in self.rules]}
