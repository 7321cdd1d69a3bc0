"""Whether a content is known to be harmful, asked of a ClamAV daemon by its socket (LIGNE_CLAMD), when there is one.

A daemon that does not answer never keeps a mail out: the content is then taken as unscanned, which is logged, and
`ligne doctor` says that the daemon is silent.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Iterator

import structlog
from django.conf import settings

log = structlog.get_logger(__name__)
TIMEOUT_S = 20.0
_CHUNK = 64 * 1024


class Silent(Exception):
    """The daemon does not answer, or not in a way that we understand."""


def harm_in(content: bytes) -> str:
    """The name of what was found in `content`; "" when nothing was, or nobody can tell."""
    if not settings.CLAMD or not content:
        return ""
    try:
        return _verdict(_asked(b"zINSTREAM\0", content))
    except (OSError, Silent) as problem:
        log.warning("antivirus.silent", error=type(problem).__name__)
        return ""


def version() -> str:
    """What the daemon says of itself. Raises `Silent`, OSError."""
    return _asked(b"zVERSION\0")


def _verdict(answer: str) -> str:
    """`stream: OK` or `stream: Eicar-Test-Signature FOUND`."""
    said = answer.removeprefix("stream:").strip()
    if said == "OK":
        return ""
    if said.endswith(" FOUND"):
        return said.removesuffix(" FOUND")[:200]
    raise Silent(said[:200])


def _asked(command: bytes, content: bytes | None = None) -> str:
    with _line() as line:
        line.sendall(command)
        if content is not None:
            for at in range(0, len(content), _CHUNK):
                part = content[at : at + _CHUNK]
                line.sendall(struct.pack("!I", len(part)) + part)
            line.sendall(struct.pack("!I", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < 4096 and (more := line.recv(4096)):
            answer += more
    if not answer:
        raise Silent("it hung up")
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")


@contextlib.contextmanager
def _line() -> Iterator[socket.socket]:
    """A connection to the daemon: LIGNE_CLAMD is a path, or host:port."""
    where = settings.CLAMD
    if "/" in where:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(TIMEOUT_S)
        try:
            line.connect(where)
        except OSError:
            line.close()
            raise
    else:
        host, _, port = where.rpartition(":")
        line = socket.create_connection((host or "127.0.0.1", int(port)), timeout=TIMEOUT_S)
    with line:
        yield line
