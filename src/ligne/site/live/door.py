"""`/live` over HTTP: the server's protocol reads the request, then hands its transport to a line.

An open page costs its transport and a few slots: no task waits for it, and what is told is written as it is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ligne.site.live.admission import session_in
from ligne.site.live.centre import Live
from ligne.site.live.gate import Asked
from ligne.site.live.line import Line

# A request's address and headers together, bytes.
MOST_HEAD = 64 * 1024


class Door(HttpToolsProtocol):
    """One connection of a browser, until it asks for a live line."""

    live: Live
    # Addresses whose word on who asks is believed ("*": any).
    trusted: frozenset[str]
    _wants_line = False
    _head_size = 0

    def on_message_begin(self) -> None:
        self._head_size = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._weigh(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._weigh(len(name) + len(value))
        super().on_header(name, value)

    def _weigh(self, size: int) -> None:
        self._head_size += size
        if self._head_size > MOST_HEAD:
            raise ValueError("the request's head is too long")  # the parser answers 400 and hangs up

    def on_headers_complete(self) -> None:
        if is_live(self.url):
            self._wants_line = True
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._wants_line:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._wants_line:
            super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._hand_over_when_free()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._hand_over_when_free()

    def _hand_over_when_free(self) -> None:
        # A browser may have a whole answer, and ask for its line, before the answer is over here.
        under_way = self.cycle is not None and not self.cycle.response_complete
        if self._wants_line and not under_way and not self.transport.is_closing():
            self._hand_over()

    def _hand_over(self) -> None:
        """From here on the connection is a line; nothing of the request is kept."""
        self._unset_keepalive_if_required()
        self.connections.discard(self)
        line = Line(self.transport, self.live.hub.leave, self.live.hub.resync)
        asked = _Request(self.parser.get_method(), self.url, dict(self.headers), _source(self, self.trusted))
        self.transport.set_protocol(line)
        self.parser = self.flow = self.cycle = self.scope = self.headers = None  # type: ignore[assignment]
        _answer(self.live, line, asked)


def protocol(live: Live, proxies: str) -> type[Door]:
    """uvicorn's protocol, for a server whose `/live` is ours. `proxies` are the addresses whose word on who asks is
    believed, separated by commas ("*": any)."""
    trusted = frozenset(address.strip() for address in proxies.split(","))
    return type("Door", (Door,), {"live": live, "trusted": trusted})


def is_live(url: bytes) -> bool:
    """Whether a request is for a live line."""
    path = url.partition(b"?")[0]
    return path == b"/live" or path.startswith(b"/live/")


def _source(door: Any, trusted: frozenset[str]) -> str:
    host: str = door.client[0] if door.client else ""
    if host in trusted or "*" in trusted:
        forwarded = dict(door.headers).get(b"x-forwarded-for", b"").decode("latin-1")
        # The last is the one our own proxy added.
        return forwarded.rpartition(",")[2].strip() or host
    return host


@dataclass(frozen=True, slots=True)
class _Request:
    method: bytes
    url: bytes
    headers: dict[bytes, bytes]
    source: str

    def header(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1")


def _answer(live: Live, line: Line, asked: _Request) -> None:
    if asked.method != b"GET":
        line.refuse(204 if asked.method == b"OPTIONS" else 405)
        return
    path, _, text = asked.url.decode("latin-1").partition("?")
    query = parse_qs(text)
    last_id = asked.header(b"last-event-id")
    parts = path.strip("/").split("/")
    if len(parts) == 1:
        wants_floor = query.get("floor", [""])[0] not in {"", "0"}
        session = session_in(asked.header(b"cookie"))
        live.gate.ask(Asked(line, last_id, session, wants_floor=wants_floor, source=asked.source))
    elif len(parts) == 3:
        guest = parts[1], parts[2], query.get("token", [""])[0]
        live.gate.ask(Asked(line, last_id, source=asked.source, guest=guest))
    else:
        line.refuse(401)


async def nothing_else(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The application of a server that has nothing but `/live`: it says that it lives."""
    status = 200 if scope["path"] == "/healthz" else 404
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})
