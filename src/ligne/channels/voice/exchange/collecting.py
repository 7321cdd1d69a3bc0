"""What an exchange keeps for us: the tracks of calls that are over, the messages that were left while nobody led the
calls. Nothing stays there because a controller ended, or the centre could not be reached, at the wrong moment."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import structlog

from ligne.channels.voice.exchange.ari import Connection, ExchangeError
from ligne.channels.voice.exchange.hands import SIDES

if TYPE_CHECKING:
    from ligne.channels.voice.exchange.under_way import Spine

log = structlog.get_logger(__name__)
# How the dialplan names messages that it takes itself.
LEFT = "left-"
LOOK_S = 20.0
_MESSAGE = re.compile(r"(?P<call>[0-9a-f]{16})-message-\d+")
_TRACK = re.compile(rf"(?P<call>[0-9a-f]{{16}})-take\d+-{SIDES[0]}")


class Leading(Protocol):
    """Who leads the calls."""

    spine: Spine
    calls: dict[str, Any]


class Collector:
    """Fetches what is over, at once when it is told of it, else when it next looks."""

    def __init__(self, controller: Leading) -> None:
        self._controller = controller
        self._under_way: dict[str, asyncio.Task[None]] = {}

    async def watch(self, exchange: Connection) -> None:
        """Look at once and then every `LOOK_S` seconds, until cancelled."""
        await exchange.ready.wait()
        while True:
            try:
                await self._look(exchange)
            except ExchangeError as error:
                log.warning("voice.not_collected", exchange=exchange.name, why=str(error))
            await asyncio.sleep(LOOK_S)

    def keep(self, call_id: str, tracks: tuple[str, str]) -> None:
        """Two tracks of a call are over, the customer's and the advisor's."""
        self._begin(tracks[0], partial(self._controller.spine.keep_recording, call_id, tracks))

    async def _look(self, exchange: Connection) -> None:
        stored = {one["name"] for one in await exchange.ask("GET", "recordings/stored")}
        channels = await exchange.ask("GET", "channels")
        for name in messages(stored, channels):
            self._begin(name, partial(self._controller.spine.keep_left, exchange.name, name))
        for call_id, name in left_in_calls(stored, self._controller.calls):
            self._begin(name, partial(self._controller.spine.keep_message, call_id, name))
        for call_id, tracks in recordings(stored, self._controller.calls):
            self.keep(call_id, tracks)

    def _begin(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do it beside the calls, once at a time."""
        if name not in self._under_way:
            self._under_way[name] = asyncio.create_task(self._do(name, work))

    async def _do(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception:  # it is found again at the next look
            log.exception("voice.not_kept_yet", sound=name)
        finally:
            del self._under_way[name]


def messages(stored: Collection[str], channels: Collection[dict[str, Any]]) -> list[str]:
    """The messages among the sounds `stored`, but for those into which somebody still speaks."""
    spoken = [str((channel.get("dialplan") or {}).get("app_data", "")) for channel in channels]
    return sorted(name for name in stored if name.startswith(LEFT) and not any(name in data for data in spoken))


def left_in_calls(stored: Collection[str], under_way: Collection[str]) -> list[tuple[str, str]]:
    """(call, name) of the messages that were left in calls of ours that are over."""
    found = [(match["call"], name) for name in sorted(stored) if (match := _MESSAGE.fullmatch(name))]
    return [(call, name) for call, name in found if call not in under_way]


def recordings(stored: Collection[str], under_way: Collection[str]) -> list[tuple[str, tuple[str, str]]]:
    """(call, its two tracks) of the recordings that are whole and whose call is over."""
    found = []
    for name in sorted(stored):
        match = _TRACK.fullmatch(name)
        other = name.removesuffix(SIDES[0]) + SIDES[1]
        if match and match["call"] not in under_way and other in stored:
            found.append((match["call"], (name, other)))
    return found
