"""The mail process: listens for SMTP, fetches IMAP mailboxes, handles what another process left behind."""

from __future__ import annotations

import asyncio
import threading
import time

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from ligne.channels.email import imap, services
from ligne.channels.email.smtp import Listener
from ligne.kit import heartbeats

log = structlog.get_logger(__name__)

TURN_S = 2.0
BEAT_S = 5.0


def main(stop: threading.Event) -> None:
    """Receive mail until `stop` is set; then take no more, finish what was acknowledged, and return."""
    watchers = imap.Watchers(stop)
    keeper = threading.Thread(target=_tend, args=(stop, watchers), name="mail-keeper")
    keeper.start()
    try:
        asyncio.run(_listen(stop))
    finally:
        stop.set()
        keeper.join()
        watchers.join()


async def _listen(stop: threading.Event) -> None:
    listeners = [Listener(settings.SMTP_HOST, settings.SMTP_PORT)]
    if settings.LMTP_PORT:
        listeners.append(Listener(settings.SMTP_HOST, settings.LMTP_PORT, lmtp=True))
    for listener in listeners:
        await listener.start()
        log.info("mail.listening", port=listener.port, lmtp=listener.lmtp)
    try:
        while not stop.is_set():
            await asyncio.sleep(0.2)
    finally:
        for listener in listeners:
            await listener.stop()


def _tend(stop: threading.Event, watchers: imap.Watchers) -> None:
    beaten = 0.0
    while not stop.is_set():
        try:
            close_old_connections()
            if time.monotonic() - beaten >= BEAT_S:
                beaten = time.monotonic()
                heartbeats.beat("mail")
            services.sweep()
            watchers.refresh()
        except (DatabaseError, InterfaceError) as error:
            log.warning("mail.database_lost", error=type(error).__name__)
            connection.close()
        except Exception:
            log.exception("mail.round_failed")
        stop.wait(TURN_S)
    connection.close()
