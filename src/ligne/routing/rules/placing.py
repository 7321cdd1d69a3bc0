"""Where a contact is placed, and until when its usual advisor has it for themselves. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

# Live: somebody is waiting, a familiar voice is worth a few seconds. Deferred: a quarter of the target, at most 4 h.
LIVE_HEAD_START_S = 10
DEFERRED_HEAD_START_MAX_S = 4 * 3600


@dataclass(frozen=True, slots=True)
class Line:
    """A queue as placing sees it: `channels` are those whose contacts come here when no queue was asked for."""

    id: int
    slug: str
    channels: tuple[str, ...] = ()
    fallback: bool = False


class Choosable(Protocol):
    """What `choose` wants to know of a queue; as of `Line`."""

    @property
    def slug(self) -> str: ...
    @property
    def channels(self) -> tuple[str, ...]: ...
    @property
    def fallback(self) -> bool: ...


L = TypeVar("L", bound=Choosable)


def choose(asked: str, channel: str, lines: Sequence[L]) -> tuple[L | None, bool]:
    """The line for a contact, and whether the one asked for was found.

    The one asked; else the principal's for this channel; else its fallback; else its first. None without any line.
    """
    for line in lines:
        if asked and line.slug == asked:
            return line, True
    default = next((line for line in lines if channel in line.channels), None)
    default = default or next((line for line in lines if line.fallback), None)
    default = default or (lines[0] if lines else None)
    return default, not asked


def head_start_s(*, live: bool, target_s: int) -> int:
    """Seconds during which the advisor who knows the customer is the only one offered the contact."""
    return LIVE_HEAD_START_S if live else min(target_s // 4, DEFERRED_HEAD_START_MAX_S)
