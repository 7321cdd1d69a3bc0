"""By what means somebody acts: at a screen, or through a program with a token. The journal notes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

PERSON, PROGRAM = "person", "program"

_means: ContextVar[str] = ContextVar("acting_by", default=PERSON)


@contextmanager
def through_a_program() -> Iterator[None]:
    """Within this block people act through a program."""
    token = _means.set(PROGRAM)
    try:
        yield
    finally:
        _means.reset(token)


def means() -> str:
    """By what means the present actor acts."""
    return _means.get()
