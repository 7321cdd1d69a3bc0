"""Work that costs almost as much for one as for many: what is asked while it is done goes into the next round."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import structlog

from ligne.channels.voice.rules.keeping import Kept

log = structlog.get_logger(__name__)
Given = TypeVar("Given")
Made = TypeVar("Made")
MOST = 100
AGAIN_S = 1.0
# More than these of one round cannot be at fault themselves.
MOST_FAILED = 2


class Gathered(Generic[Given, Made]):
    """One round at a time; `work` answers in the order in which it is asked. Each who asks waits for their own answer,
    and one whose question cannot be answered spoils nobody else's."""

    def __init__(self, work: Callable[[list[Given]], Awaitable[Sequence[Made]]]) -> None:
        self._work = work
        self._asked: list[tuple[Given, asyncio.Future[Made]]] = []
        self._round: asyncio.Task[None] | None = None

    async def ask(self, given: Given) -> Made:
        """The answer for `given`. Raises what the work raised for it."""
        answer: asyncio.Future[Made] = asyncio.get_running_loop().create_future()
        self._asked.append((given, answer))
        if self._round is None:
            self._round = asyncio.create_task(self._rounds())
        return await answer

    async def _rounds(self) -> None:
        try:
            while self._asked:
                these, self._asked = self._asked[:MOST], self._asked[MOST:]
                await self._do(these)
        finally:
            self._round = None

    async def _do(self, these: list[tuple[Given, asyncio.Future[Made]]]) -> None:
        try:
            made = await self._work([given for given, _ in these])
        except Exception as error:
            if len(these) > 1:
                for one in these:
                    await self._do([one])
            elif not these[0][1].done():
                these[0][1].set_exception(error)
            return
        for (_, answer), found in zip(these, made, strict=True):
            if not answer.done():
                answer.set_result(found)


class Keeper:
    """Keeps the facts of calls a moment after they changed, those of all calls together; the latest of each.

    A call does not wait for it: what a controller that ends suddenly did not keep, its successor finds at the exchange.
    """

    def __init__(self, write: Callable[[list[Kept]], Awaitable[None]]) -> None:
        self._write = write
        self._waiting: dict[str, Kept] = {}
        self._round: asyncio.Task[None] | None = None

    def keep(self, kept: Kept) -> None:
        """Keep this soon."""
        before = self._waiting.get(kept.call.id)
        self._waiting[kept.call.id] = before.followed_by(kept) if before else kept
        if self._round is None:
            self._round = asyncio.create_task(self._rounds())

    async def settle(self) -> None:
        """Wait until what was told so far is kept."""
        while self._round is not None:
            await asyncio.wait([self._round])

    async def _rounds(self) -> None:
        try:
            while self._waiting:
                these, self._waiting = list(self._waiting.values()), {}
                while these:
                    await self._do(these[:MOST])
                    these = these[MOST:]
        finally:
            self._round = None

    async def _do(self, these: list[Kept]) -> None:
        try:
            await self._write(these)
        except Exception as error:
            log.warning("voice.not_kept", calls=len(these), error=type(error).__name__)
            await self._one_by_one(these)

    async def _one_by_one(self, these: list[Kept]) -> None:
        """Find those that cannot be kept; when none can, the database is away, and all are kept later."""
        failed: list[tuple[Kept, str]] = []
        left = list(these)
        while left and len(failed) <= MOST_FAILED:
            one = left.pop(0)
            try:
                await self._write([one])
            except Exception as error:
                failed.append((one, type(error).__name__))
        if len(failed) < len(these) and len(failed) <= MOST_FAILED:
            for one, why in failed:
                log.error("voice.never_kept", call=one.call.id, error=why)
            return
        for one in [*(one for one, _ in failed), *left]:
            later = self._waiting.get(one.call.id)
            self._waiting[one.call.id] = one.followed_by(later) if later else one
        await asyncio.sleep(AGAIN_S)
