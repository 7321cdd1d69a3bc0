"""Our own SMTP (or LMTP) listener: keeps a mail durably, then says 250; handles it right after."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from ligne.channels.email import reads, services
from ligne.kit import outages
from ligne.kit.errors import NoRoom

log = structlog.get_logger(__name__)
T = TypeVar("T")

MAX_RECIPIENTS = 100
# Programs write lines longer than the 998 characters allowed; refusing their mail helps nobody.
MAX_LINE = 1024 * 1024
BUSY = "451 4.3.0 The centre cannot keep your mail at this moment; please try again in a few minutes"
NO_ROOM = "452 4.3.1 The centre has no room left to keep your mail; please try again later"
TOO_LARGE = "552 5.3.4 This mail is larger than the 25 MB the centre accepts; it was not kept"
# At debug level the library writes the mails themselves into the log.
logging.getLogger("mail.log").setLevel(logging.WARNING)


class _Clear:
    """Says it more clearly where the library is terse."""

    line_length_limit = MAX_LINE

    async def push(self, status: Any) -> None:
        """Send one answer."""
        if isinstance(status, str) and status.startswith("552"):
            status = TOO_LARGE
        await super().push(status)  # type: ignore[misc]


class _Plain(_Clear, SMTP):
    """SMTP as the world speaks it."""


class _Local(_Clear, LMTP):
    """LMTP, for a mail server in front of us."""


class Listener:
    """One listening address. The database is used in a few threads beside the event loop."""

    def __init__(self, host: str, port: int, *, lmtp: bool = False, workers: int = 4) -> None:
        self.host, self.port, self.lmtp = host, port, lmtp
        self.workers = workers
        self.pool = ThreadPoolExecutor(workers, thread_name_prefix="mail")
        self.server: asyncio.Server | None = None

    async def start(self) -> None:
        """Begin to listen; `self.port` then tells which port (it may have been 0)."""
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(self._protocol, self.host, self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Take no more connections and finish what was acknowledged."""
        if self.server is not None:
            self.server.close()
        await asyncio.to_thread(self._finish)

    def _finish(self) -> None:
        together = threading.Barrier(self.workers)
        for _ in range(self.workers):
            self.pool.submit(_leave_database, together)
        self.pool.shutdown(wait=True)

    def _protocol(self) -> SMTP:
        kind = _Local if self.lmtp else _Plain
        return kind(
            _Handler(self),
            data_size_limit=settings.MAX_UPLOAD,
            enable_SMTPUTF8=True,
            decode_data=False,
            hostname=settings.SMTP_HOSTNAME,
            ident="Ligne Claire",
            timeout=120,
            loop=asyncio.get_running_loop(),
        )

    async def run(self, work: Callable[..., T], *args: object) -> T:
        """Run database work in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, _with_database, work, *args)

    def later(self, work: Callable[..., Any], *args: object) -> None:
        """Run database work without waiting; the sweep makes good what fails here."""
        self.pool.submit(_quietly, work, *args)


def _with_database(work: Callable[..., T], *args: object) -> T:
    close_old_connections()
    try:
        return work(*args)
    except (DatabaseError, InterfaceError):
        connection.close()
        raise


def _leave_database(together: threading.Barrier) -> None:
    """Close this thread's connection; each thread of the pool gets one such task, since all wait for one another."""
    connection.close()
    with contextlib.suppress(threading.BrokenBarrierError):
        together.wait(5)


def _quietly(work: Callable[..., Any], *args: object) -> None:
    try:
        _with_database(work, *args)
    except Exception:
        log.exception("mail.left_to_the_sweep")


class _Handler:
    """The conversation, command by command."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        most = 1 if self.listener.lmtp else MAX_RECIPIENTS  # LMTP answers for each recipient; one at a time is simple
        if len(envelope.rcpt_tos) >= most:
            return "452 4.5.3 Too many recipients at once; send to the others in another mail"
        try:
            served = await self.listener.run(_is_served, address, envelope.mail_from or "")
        except (DatabaseError, InterfaceError):
            return BUSY
        if not served:
            return "550 5.1.1 There is no such address here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        try:
            kept = await self.listener.run(_store, content, envelope.mail_from or "", list(envelope.rcpt_tos))
        except Exception as error:
            outage = outages.of(error)
            log.warning("mail.not_kept", error=type(error).__name__, no_room=isinstance(outage, NoRoom))
            return NO_ROOM if isinstance(outage, NoRoom) else BUSY
        for raw_id in kept:
            self.listener.later(services.handle, raw_id)
        log.info("mail.kept", mails=len(kept), size=len(content))
        return "250 2.0.0 OK, kept"

    async def handle_exception(self, error: Exception) -> str:
        log.warning("mail.conversation_failed", error=type(error).__name__)
        return BUSY


def _is_served(address: str, sender: str) -> bool:
    """Whether mail for `address` is ours to take: an account's, or in a demo one of its customers' mailboxes, which
    belong to whoever the centre writes to."""
    if reads.account_at(address) is not None:
        return True
    return settings.DEMO and (address.lower().endswith(reads.DEMO_DOMAIN) or reads.account_at(sender) is not None)


def _store(content: bytes, envelope_from: str, envelope_to: list[str]) -> list[int]:
    # Its files are written when it is handled: what could not be is not acknowledged either.
    outages.need_room(len(content))
    return services.store(content, envelope_from=envelope_from, envelope_to=envelope_to)
