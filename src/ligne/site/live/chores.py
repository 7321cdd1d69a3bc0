"""What is done for every line now and then."""

from __future__ import annotations

import asyncio
import contextlib

from django.db import DatabaseError

from ligne.site.live import line as lines
from ligne.site.live.gate import Gate
from ligne.site.live.hub import Hub
from ligne.staff import services as presence

ALIVE_S = 15.0
PRESENCE_S = 10.0
RECHECK_S = 60.0
# Lines told of life in one turn of the loop, so that events do not wait behind thousands of them.
AT_ONCE = 200


async def keep_alive(hub: Hub) -> None:
    """Say something on every line, so that both ends notice a dead one: where we are in what is said, and when to come
    back. A page that hears little of its own is thus never far behind. Deaf lines are given up."""
    while True:
        await asyncio.sleep(ALIVE_S)
        now = asyncio.get_running_loop().time()
        for number, line in enumerate(list(hub.lines)):
            if line.is_deaf(now):
                line.cut()
            else:
                line.give(lines.retry(len(hub.lines)) + f"id: {hub.ring.mark}\n\n".encode())
            if number % AT_ONCE == AT_ONCE - 1:
                await asyncio.sleep(0)


async def keep_presences(hub: Hub, gate: Gate) -> None:
    """Tell the staff app whose browsers are connected, all in one question."""
    while True:
        await asyncio.sleep(PRESENCE_S)
        if people := hub.people():
            with contextlib.suppress(DatabaseError):
                await gate.in_thread(presence.heartbeat, people)


async def recheck(hub: Hub, gate: Gate) -> None:
    """Rights end at once where we are told; this finds the rest, such as sessions that expired."""
    while True:
        await asyncio.sleep(RECHECK_S)
        await gate.check(list(hub.lines))
