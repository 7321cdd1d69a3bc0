"""Call down, announce up.

A verb writes, then `announce`s what happened. The announcement writes the journal row, runs the listeners that belong
to the same transaction (`now`), defers the others as jobs in that transaction (`later`), and tells live screens once it
is committed (`after`). `ligne.site.wiring` is the only list of who listens to what.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, TypeVar, dataclass_transform

from django.db import transaction

from ligne.kit import clock, once


@dataclass(frozen=True, kw_only=True)
class Event:
    """What happened. Subclasses add their facts as fields: plain JSON values, no objects.

    `kind` names the journal entry's type ("contact.arrived"); `personal` names the fields that are personal data, which
    an erasure removes. `subject` is what it happened to, as ("contact", 12).
    """

    kind: ClassVar[str]
    personal: ClassVar[frozenset[str]] = frozenset()
    subject_type: ClassVar[str]

    subject_id: int
    principal_id: int | None
    customer_id: int | None = None
    actor_id: int | None = None

    def facts(self) -> dict[str, Any]:
        """The fields that subclasses added."""
        kind: Any = type(self)
        return {name: getattr(self, name) for name in _added(kind)}


@cache
def _added(kind: Any) -> tuple[str, ...]:
    """The names of the fields that a kind of event adds."""
    base = {f.name for f in fields(Event)}
    return tuple(f.name for f in fields(kind) if f.name not in base)


E = TypeVar("E", bound=Event)
Listener = Callable[[Any], None]
Together = Callable[[Sequence[Any]], None]
Recorder = Callable[[Event, datetime], int | None]
RecorderOfMany = Callable[[Sequence[tuple[Event, datetime]]], object]
Deferrer = Callable[[str, Event], None]

kinds: dict[str, type[Event]] = {}
_now: dict[type[Event], list[Listener]] = {}
_together: dict[tuple[type[Event], Listener], Together] = {}
_later: dict[type[Event], dict[str, Listener]] = {}
_after: list[Listener] = []
_recorder: Recorder | None = None
_recorder_of_many: RecorderOfMany | None = None
_deferrer: Deferrer | None = None


@dataclass_transform(frozen_default=True, kw_only_default=True)
def event(cls: type[E]) -> type[E]:
    """Class decorator: make an event of the annotated fields, and let the journal and the wiring list know it."""
    made = dataclass(frozen=True, kw_only=True)(cls)
    if kinds.setdefault(made.kind, made) is not made:
        raise ValueError(f"two events of kind {made.kind!r}")
    return made


def now(kind: type[E], listener: Callable[[E], None], together: Callable[[Sequence[E]], None] | None = None) -> None:
    """Run `listener` inside the transaction that announces `kind`: it succeeds or fails with the verb.

    `together` does for many events what `listener` does for each, when they are announced at once.
    """
    _append(_now.setdefault(kind, []), listener)
    if together is not None:
        _together[kind, listener] = together


def later(kind: type[E], name: str, listener: Callable[[E], None]) -> None:
    """Defer `listener` as a job of that transaction; it must be idempotent. `name` is stored in the job."""
    _later.setdefault(kind, {})[name] = listener


def after(listener: Callable[[Event], None]) -> None:
    """Run `listener` for every event once it is committed (live screens)."""
    _append(_after, listener)


def _append(to: list[Listener], listener: Listener) -> None:
    if listener not in to:
        to.append(listener)


def connect(*, recorder: Recorder, deferrer: Deferrer, recorder_of_many: RecorderOfMany | None = None) -> None:
    """Give the bus its journal and its job queue; called once by the wiring."""
    global _recorder, _deferrer, _recorder_of_many
    _recorder, _deferrer, _recorder_of_many = recorder, deferrer, recorder_of_many


def announce(happened: Event) -> int | None:
    """Journal `happened`, run and defer its listeners; must stand in a transaction. Returns the journal entry's id."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{happened.kind} announced outside a transaction")
    once.claim()
    entry = _recorder(happened, clock.now()) if _recorder else None
    for listener in _now.get(type(happened), ()):
        listener(happened)
    _defer_and_follow(happened)
    return entry


def announce_many(happened: Sequence[E]) -> None:
    """`announce` many events of one type at once: one write to the journal, and one call of each listener that knows
    how to take them together. Must stand in a transaction."""
    if not happened:
        return
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{happened[0].kind} announced outside a transaction")
    once.claim()
    at = clock.now()
    if _recorder_of_many:
        _recorder_of_many([(one, at) for one in happened])
    elif _recorder:
        for one in happened:
            _recorder(one, at)
    kind = type(happened[0])
    for listener in _now.get(kind, ()):
        if (kind, listener) in _together:
            _together[kind, listener](happened)
        else:
            for one in happened:
                listener(one)
    for one in happened:
        _defer_and_follow(one)


def _defer_and_follow(happened: Event) -> None:
    if _deferrer:
        for name in _later.get(type(happened), ()):
            _deferrer(name, happened)
    for listener in _after:
        transaction.on_commit(lambda listen=listener: listen(happened), robust=True)  # type: ignore[misc]


def run_later(name: str, kind: str, values: dict[str, Any]) -> None:
    """Run the deferred listener `name` for the event `kind` rebuilt from `values`; called by the worker."""
    happened = kinds[kind](**values)
    _later[type(happened)][name](happened)


def wires() -> list[tuple[str, str, str]]:
    """Every connection as (event kind, when, listener), for people: `ligne wires`."""
    rows = [(k.kind, "now", f"{f.__module__}.{f.__qualname__}") for k, fs in _now.items() for f in fs]
    rows += [(k.kind, "later", f"{f.__module__}.{f.__qualname__}") for k, fs in _later.items() for f in fs.values()]
    rows += [("*", "after", f"{f.__module__}.{f.__qualname__}") for f in _after]
    return sorted(rows)
