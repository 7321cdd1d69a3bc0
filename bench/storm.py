"""HTTP clients in a closed loop: each sends its next request once the last is answered, on a kept connection.

One thread serves them all, and reads no more of an answer than its status and length: on a small machine the asker must
not be what is measured.
"""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass
class Storm:
    """What came of it: latencies in seconds in the order of arrival, answers that were not expected, the last body."""

    took_s: float = 0.0
    waits: list[float] = field(default_factory=list)
    wrong: dict[int, int] = field(default_factory=dict)
    body: bytes = b""

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.waits) / self.took_s if self.took_s else 0.0

    def ms(self, share: float) -> float:
        """The latency that `share` of the answers did not exceed, milliseconds."""
        ranked = sorted(self.waits)
        return round(ranked[min(len(ranked) - 1, int(len(ranked) * share))] * 1000, 3) if ranked else 0.0


@dataclass
class _Client:
    line: socket.socket
    sent_at: float = 0.0
    received: bytes = b""


def get(path: str, headers: dict[str, str]) -> bytes:
    """A GET request."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}\r\n".encode()


def post(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """A POST request of a JSON body."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{lines}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def storm(url: str, requests: Iterator[bytes], *, clients: int, seconds: float, expected: int = 200) -> Storm:
    """Ask `requests` one after the other, over `clients` connections, for `seconds`."""
    parts = urlsplit(url)
    found = Storm()
    waiting = selectors.DefaultSelector()
    everyone = []
    began = time.perf_counter()
    for _ in range(clients):
        line = socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 80))
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client = _Client(line, time.perf_counter())
        everyone.append(client)
        waiting.register(line, selectors.EVENT_READ, client)
        line.sendall(next(requests))
    busy = clients
    while busy:
        for key, _ in waiting.select(timeout=30):
            client = key.data
            if not _answered(client, found, expected):
                continue
            now = time.perf_counter()
            found.waits.append(now - client.sent_at)
            if now - began >= seconds:
                waiting.unregister(client.line)
                busy -= 1
                continue
            client.sent_at = now
            client.line.sendall(next(requests))
    found.took_s = time.perf_counter() - began
    for client in everyone:
        client.line.close()
    return found


def _answered(client: _Client, found: Storm, expected: int) -> bool:
    """Take what came; whether the answer is whole."""
    chunk = client.line.recv(262_144)
    if not chunk:
        raise ConnectionError("the centre closed the connection")
    client.received += chunk
    end = client.received.find(b"\r\n\r\n")
    if end < 0:
        return False
    length = _LENGTH.search(client.received, 0, end + 2)
    if length is None:
        raise ValueError("an answer without a length")
    whole = end + 4 + int(length[1])
    if len(client.received) < whole:
        return False
    status = _STATUS.match(client.received)
    code = int(status[1]) if status else 0
    if code != expected:
        found.wrong[code] = found.wrong.get(code, 0) + 1
    found.body = client.received[end + 4 : whole]
    client.received = client.received[whole:]
    return True
