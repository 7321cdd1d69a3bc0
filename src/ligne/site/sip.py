"""`/sip/NAME`: softphones reach a telephone exchange through our one origin, once they are signed in."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db import close_old_connections
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from ligne.site.live import admission

log = structlog.get_logger(__name__)
POLICY, GOING = 1008, 1001
STARTING_S, EVERY_S, CLOSE_S = 60.0, 60.0, 1.0
_BEGAN = time.monotonic()
_reached: set[str] = set()
_told: dict[str, float] = {}


def serves(scope: dict[str, Any]) -> bool:
    """Whether this connection is a softphone's."""
    return bool(scope["type"] == "websocket")


async def relay(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Carry SIP between the browser and the exchange until either hangs up."""
    await receive()  # the browser asks to connect
    exchange_at = settings.EXCHANGES.get(scope["path"].removeprefix(f"{settings.SIP_PATH}/"))
    if not exchange_at or not settings.VOICE or not await asyncio.to_thread(_allowed, scope):
        await send({"type": "websocket.close", "code": POLICY})
        return
    address = f"{exchange_at.replace('http', 'ws', 1)}/ws"
    try:
        exchange = await connect(address, subprotocols=[Subprotocol("sip")], compression=None, close_timeout=CLOSE_S)
    except (OSError, InvalidHandshake):
        _unreachable(exchange_at)
        await send({"type": "websocket.close", "code": GOING})
        return
    _reached.add(exchange_at)
    try:
        await send({"type": "websocket.accept", "subprotocol": "sip"})
        await _carry(exchange, receive, send)
    finally:
        with contextlib.suppress(OSError):  # the exchange does not always say goodbye
            await exchange.close()


def _unreachable(exchange_at: str) -> None:
    """Say it once a minute: each browser tries again every few seconds. An exchange that was never there since we began
    is only starting, for a while."""
    now = time.monotonic()
    if exchange_at not in _reached and now - _BEGAN < STARTING_S:
        log.info("sip.exchange_starting", exchange=exchange_at)
    elif now - _told.get(exchange_at, -EVERY_S) >= EVERY_S:
        _told[exchange_at] = now
        log.warning("sip.exchange_unreachable", exchange=exchange_at)


def _allowed(scope: dict[str, Any]) -> bool:
    """A signed-in person, from a page of ours: other sites may not use the cookies of their visitors."""
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
    origin = urlsplit(headers.get("origin", ""))
    if origin.netloc != headers.get("host", ""):
        return False
    close_old_connections()
    key = admission.session_in(headers.get("cookie", ""))
    return key in admission.people([key])


async def _carry(exchange: ClientConnection, receive: Any, send: Any) -> None:
    async def outward() -> None:
        while (said := await receive())["type"] == "websocket.receive":
            await exchange.send(said.get("text") or said.get("bytes") or "")

    async def inward() -> None:
        async for said in exchange:
            kind = "text" if isinstance(said, str) else "bytes"
            await send({"type": "websocket.send", kind: said})

    tasks = [asyncio.create_task(outward()), asyncio.create_task(inward())]
    with contextlib.suppress(ConnectionClosed):
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    for task in tasks:
        task.cancel()
    with contextlib.suppress(RuntimeError):  # the browser left first
        await send({"type": "websocket.close", "code": GOING})
