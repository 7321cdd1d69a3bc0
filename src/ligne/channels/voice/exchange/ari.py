"""Asterisk's REST interface over the WebSocket that Asterisk opens to us: requests and events share one connection.

Asterisk calls (`type=outbound_websocket` in ari.conf) and calls again until we answer, so a controller that starts
finds every exchange by itself. Over HTTP the same load costs several times the processor.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hmac
import itertools
import json
import socket
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

import structlog
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

log = structlog.get_logger(__name__)
ANSWER_S = 10.0
_AT_ONCE = getattr(socket, "TCP_QUICKACK", None)  # Linux
BOOT_LOOK_S, BOOT_ANSWER_S = 0.05, 1.0

Json = dict[str, Any]


class ExchangeError(Exception):
    """The exchange refused a request: its HTTP status (0: connection lost) and its words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(f"{status} {words}")
        self.status = status


class Connection:
    """One exchange that is connected. Requests may overlap; each waits for its own answer."""

    def __init__(self, socket: ServerConnection, name: str) -> None:
        self.name = name
        self.ready = asyncio.Event()
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[Json]] = {}

    async def ask(
        self, method: str, path: str, body: Json | None = None, *, patience_s: float = ANSWER_S, **query: object
    ) -> Any:
        """Ask `method path?query`; returns the answer's JSON (None when empty). Raises `ExchangeError`."""
        number = str(next(self._numbers))
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        given = {key: value for key, value in query.items() if value is not None}
        uri = path + ("?" + urlencode(given, quote_via=quote) if given else "")
        request: Json = {"type": "RESTRequest", "request_id": number, "method": method, "uri": uri}
        if body is not None:
            request |= {"content_type": "application/json", "message_body": json.dumps(body)}
        try:
            await self._socket.send(json.dumps(request))
            found = await asyncio.wait_for(answer, patience_s)
        except (ConnectionClosed, TimeoutError):
            raise ExchangeError(0, "the exchange does not answer") from None
        finally:
            self._waiting.pop(number, None)
        text = found.get("message_body") or ""
        if found["status_code"] >= HTTPStatus.BAD_REQUEST:
            raise ExchangeError(found["status_code"], text[:200])
        return json.loads(text) if text else None

    async def boot(self) -> None:
        """Wait until the exchange takes requests, then set `ready`: it connects before it has read its configuration,
        and loses what it is asked meanwhile."""
        while not self.ready.is_set():
            with contextlib.suppress(ExchangeError):
                await self.ask("GET", "asterisk/ping", patience_s=BOOT_ANSWER_S)
                self.ready.set()
            await asyncio.sleep(BOOT_LOOK_S)

    def _acknowledge(self) -> None:
        """Acknowledge at once what came. The exchange writes an answer in pieces and waits for word of the first before
        it sends the next: the kernel would let it wait 40 ms each time."""
        line = self._socket.transport.get_extra_info("socket")
        if line is not None and _AT_ONCE is not None:
            with contextlib.suppress(OSError):  # it is gone: the next read tells
                line.setsockopt(socket.IPPROTO_TCP, _AT_ONCE, 1)

    async def listen(self, hear: Callable[[Json], None]) -> None:
        """Pass each event to `hear`, in order, until the connection is lost."""
        try:
            async for line in self._socket:
                self._acknowledge()
                message = json.loads(line)
                if message.get("type") == "RESTResponse":
                    answer = self._waiting.get(message["request_id"])
                    if answer is not None and not answer.done():
                        answer.set_result(message)
                else:
                    hear(message)
        except ConnectionClosed:
            pass
        finally:
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(ExchangeError(0, "the exchange is gone"))


Welcome = Callable[[Connection], Awaitable[None]]


async def listen_for_exchanges(host: str, port: int, password: str, welcome: Welcome) -> Server:
    """Let exchanges connect at ws://host:port/NAME, each with its name and the password; `welcome` serves one."""

    def check(socket: ServerConnection, request: Request) -> Response | None:
        name = request.path.strip("/")
        wanted = "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
        if name and hmac.compare_digest(request.headers.get("Authorization", ""), wanted):
            return None
        return Response(HTTPStatus.UNAUTHORIZED, "Unauthorized", Headers(), b"")

    async def serve_one(socket: ServerConnection) -> None:
        name = socket.request.path.strip("/") if socket.request else ""
        log.info("voice.exchange_connected", exchange=name)
        try:
            await welcome(Connection(socket, name))
        finally:
            log.info("voice.exchange_gone", exchange=name)

    return await serve(
        serve_one, host, port, process_request=check, subprotocols=["ari"],  # type: ignore[list-item]
        max_size=4 * 1024 * 1024, max_queue=4096, ping_interval=20, compression=None,
    )  # fmt: skip
