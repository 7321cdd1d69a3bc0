"""The live line of one process, put together: lines, ear, gate and chores."""

from __future__ import annotations

import asyncio

from ligne.site.live import chores
from ligne.site.live.ear import Ear
from ligne.site.live.gate import Gate
from ligne.site.live.hub import Hub


class Live:
    """Made inside the event loop that it lives in."""

    def __init__(self) -> None:
        self.hub = Hub(on_access=self._doubt)
        self.ear = Ear(self.hub)
        self.gate = Gate(self.hub, self.ear.caught_up)
        self._tasks: list[asyncio.Task[None]] = []

    def open(self) -> None:
        """Begin to listen and to let pages in."""
        work = {
            "ear": self.ear.listen(),
            "gate": self.gate.work(),
            "alive": chores.keep_alive(self.hub),
            "presences": chores.keep_presences(self.hub, self.gate),
            "rights": chores.recheck(self.hub, self.gate),
        }
        self._tasks = [asyncio.create_task(task, name=f"live {name}") for name, task in work.items()]

    async def close(self) -> None:
        """End every line and stop listening. Twice is once."""
        if self.hub.closing:
            return
        self.hub.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.gate.close()

    def _doubt(self, user_id: int) -> None:
        self.gate.doubt(user_id)
