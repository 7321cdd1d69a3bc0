"""What is simulated, as it is asked for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ligne.kit.errors import Invalid
from ligne.kit.text import N_
from ligne.routing.rules.facts import OLDEST_CALL, PRIMARY_SKILL_FIRST


@dataclass(frozen=True, slots=True)
class Study:
    """What is simulated. `erlangs` is the load of each class, `skills` each agent's classes, the best first.

    `waiting_room` None: unlimited; `patience` None: nobody gives up. `priorities` per class, 1 the most pressing.
    """

    erlangs: tuple[float, ...]
    skills: tuple[tuple[int, ...], ...]
    waiting_room: int | None = None
    patience: float | None = None
    pick: str = OLDEST_CALL
    priorities: tuple[int, ...] = ()
    contacts: int = 200_000
    seed: int = 1


def study_of(asked: Mapping[str, Any]) -> Study:
    """A study as `ligne simulate routing` is asked for it. Raises `Invalid` naming the field."""
    common = {
        "waiting_room": _number(asked, "waiting_room", None, whole=True, low=0),
        "patience": _number(asked, "patience_aht", None, low=1e-9),
        "pick": asked.get("pick", OLDEST_CALL),
        "contacts": _number(asked, "contacts", 200_000, whole=True, low=100),
        "seed": _number(asked, "seed", 1, whole=True),
    }
    if common["pick"] not in (OLDEST_CALL, PRIMARY_SKILL_FIRST):
        raise _wrong("pick")
    if "agents" in asked:
        return _pooled(asked, common)
    classes = int(_number(asked, "classes", None, whole=True, low=1, needed=True))
    primary = int(_number(asked, "primary_per_class", None, whole=True, low=1, needed=True))
    skills = int(_number(asked, "skills_per_agent", 1, whole=True, low=1))
    if skills > classes:
        raise _wrong("skills_per_agent")
    load = float(_number(asked, "offered_per_agent", None, low=1e-9, needed=True))
    if load >= 1 and _grows_without_end(common):
        raise _wrong("offered_per_agent")
    people = tuple(secondary(c, j, classes, skills) for c in range(classes) for j in range(primary))
    return Study(erlangs=(load * primary,) * classes, skills=people, **common)


def secondary(own: int, place: int, classes: int, skills: int) -> tuple[int, ...]:
    """The classes that agent number `place` of class `own` masters, best first; second skills rotate among agents."""
    others = ((own + 1 + (place + s - 1) % (classes - 1)) % classes for s in range(1, skills))
    return (own, *others)


def _grows_without_end(common: Mapping[str, Any]) -> bool:
    """Whether an overload would let the line grow for ever: no limit to it, and nobody gives up."""
    return common["waiting_room"] is None and common["patience"] is None


def _pooled(asked: Mapping[str, Any], common: dict[str, Any]) -> Study:
    """Agents who all serve every class, in strict order of priority."""
    agents = int(_number(asked, "agents", None, whole=True, low=1, needed=True))
    erlangs = asked.get("erlangs")
    if not isinstance(erlangs, list) or not erlangs or not all(_is_number(e) and e > 0 for e in erlangs):
        raise _wrong("erlangs")
    priorities = asked.get("priorities", [1] * len(erlangs))
    if not isinstance(priorities, list) or len(priorities) != len(erlangs) or not all(map(_is_number, priorities)):
        raise _wrong("priorities")
    if sum(erlangs) >= agents and _grows_without_end(common):
        raise _wrong("erlangs")
    everything = tuple(range(len(erlangs)))
    return Study(
        erlangs=tuple(map(float, erlangs)), skills=(everything,) * agents, priorities=tuple(priorities), **common
    )


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number(
    asked: Mapping[str, Any],
    name: str,
    default: float | None,
    *,
    whole: bool = False,
    low: float | None = None,
    needed: bool = False,
) -> Any:
    value = asked.get(name, default)
    if value is None and not needed:
        return default
    if not _is_number(value) or (whole and value != int(value)) or (low is not None and value < low):
        raise _wrong(name)
    return int(value) if whole else value


def _wrong(name: str) -> Invalid:
    return Invalid(N_("“%(name)s” does not fit a study of routing."), field=name, name=name)
