"""The processes of the centre: what each does, and how one of them runs alone (`ligne serve NAME`).

`run` forks them from one parent; on several hosts each is started by itself. Both come through `main`.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

import psycopg
import structlog

from ligne.kit import processes

if TYPE_CHECKING:
    import procrastinate

log = structlog.get_logger("ligne.process")
BEAT_S = 5.0
# How long a worker may take to finish its jobs and say that it ends.
_LAST_WORDS_S = 6.0
# A worker not heard for so long is dead: its jobs go to the others.
STALLED_S = 20.0
# How often the worker looks whether it is to stop, seconds.
LOOK_S = 0.5
# Connections whose other end does not take what we send are given up after this time, milliseconds.
_DEAF_MS = 60_000
# Connections that may wait to be accepted: every desk at once after a restart.
_BACKLOG = 4096


# How long the live lines may take to be ended, seconds.
_CLOSE_S = 5.0


class CannotStart(Exception):
    """A process cannot begin; one line says why."""


def main(name: str) -> int:
    """Run the process `name` until SIGTERM or SIGINT; returns the exit code."""
    stop = threading.Event()

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, ask_to_stop)
    processes.collect_seldom()
    try:
        _set_the_clock()
        SERVICES[name](stop)
    except CannotStart as reason:
        sys.stderr.write(f"{name}: {reason}\n")
        return 1
    except Exception:
        log.exception("process.failed", process=name)
        return 1
    return 0


def _set_the_clock() -> None:
    """Go by the database's clock from the first moment; without a database, from the first sign of life on."""
    from django.db import Error, connections

    from ligne.kit import heartbeats

    with contextlib.suppress(Error):
        heartbeats.set_clock()
    connections.close_all()


# -- web and live ----------------------------------------------------------------------------------------------------


def _web(stop: threading.Event) -> None:
    from django.conf import settings

    from ligne.site.asgi import application

    _serve_http(application, "web", settings.WEB_PORT, stop)


def _live(stop: threading.Event) -> None:
    from ligne.site import env
    from ligne.site.live.door import nothing_else

    _serve_http(nothing_else, "live", env.port("LIGNE_LIVE_PORT", 8001), stop)


def _serve_http(application: Any, name: str, port: int, stop: threading.Event) -> None:
    """Serve `application`, and `/live` beside it, until `stop`."""
    import uvloop

    _allow_open_files()
    listening = _listen_on(os.environ.get("LIGNE_BIND", "127.0.0.1"), port)
    with _beating(name), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve_until(application, listening, stop))


async def _serve_until(application: Any, listening: socket.socket, stop: threading.Event) -> None:
    import uvicorn
    from django.conf import settings

    from ligne.site.live import Live
    from ligne.site.live.door import protocol

    live = Live()

    class Server(uvicorn.Server):
        """uvicorn, stopped by our event; open live lines are ended first."""

        @contextlib.contextmanager
        def capture_signals(self):  # type: ignore[no-untyped-def]
            yield

        async def on_tick(self, counter: int) -> bool:
            return stop.is_set() or await super().on_tick(counter)

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            # what it waits for may be gone as well: a database that ended at the same moment
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(live.close(), _CLOSE_S)
            await super().shutdown(sockets)

    proxies = os.environ.get("LIGNE_PROXIES", "127.0.0.1,::1")
    config = uvicorn.Config(
        application,
        interface="asgi3",
        http=protocol(live, proxies),
        ws="websockets-sansio" if settings.VOICE else "none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=proxies,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=3,
        backlog=_BACKLOG,
    )
    live.open()
    await Server(config).serve(sockets=[listening])


def _allow_open_files() -> None:
    """Every page is an open file: as many as the system lets us."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _listen_on(host: str, port: int) -> socket.socket:
    from ligne.site import env

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if env.web_processes() > 1:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # the kernel deals connections out among them
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _DEAF_MS)
    try:
        listening.bind((host, port))
    except OSError as problem:
        raise CannotStart(f"port {port} of {host} cannot be used: {problem.strerror}") from None
    listening.listen(_BACKLOG)
    listening.setblocking(False)
    return listening


# -- worker, router, mail --------------------------------------------------------------------------------------------


def _worker(stop: threading.Event) -> None:
    threading.Thread(target=_end_in_time, args=(stop,), daemon=True).start()
    asyncio.run(_work_until(stop))


def _end_in_time(stop: threading.Event) -> None:
    """Whatever still waits for a database that is gone: nobody waits for us. Jobs cut short are taken up again."""
    stop.wait()
    time.sleep(2 * _LAST_WORDS_S)
    os._exit(1)


async def _work_until(stop: threading.Event) -> None:
    """Run deferred jobs; a lost database is waited for."""
    from procrastinate.exceptions import ConnectorException

    pause = 0.2
    while not stop.is_set():
        try:
            await _work(stop)
        except (ConnectorException, psycopg.Error, OSError) as problem:
            log.warning("worker.database_lost", error=type(problem).__name__, again_s=pause)
        if not stop.is_set():
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)


async def _work(stop: threading.Event) -> None:
    app = _worker_app()
    async with app.open_async():
        options: Any = {
            "concurrency": 4,
            "install_signal_handlers": False,
            "delete_jobs": "successful",
            "shutdown_graceful_timeout": 5,
            "update_heartbeat_interval": 5,
            "stalled_worker_timeout": STALLED_S,
        }
        working = asyncio.create_task(app.run_worker_async(**options))
        taken_up = 0.0
        with _beating("worker"):
            while not stop.is_set() and not working.done():
                await _let_go_of_broken_connections()
                if time.monotonic() - taken_up > STALLED_S / 2:
                    taken_up = time.monotonic()
                    await _take_up_stalled(app)
                await asyncio.sleep(LOOK_S)
        working.cancel()
        # Without a database it would try for ever to say that it ends.
        await asyncio.wait({working}, timeout=_LAST_WORDS_S)


def _worker_app() -> procrastinate.App:
    """The app whose worker has a connection of its own, while jobs that defer others do so in their own transaction.

    (Replacing the connector of Django's app would move these deferrals out of the transaction.)
    """
    import procrastinate
    from procrastinate.contrib.django import app as django_app

    from ligne.kit import database

    app: Any = django_app
    ours = procrastinate.App(
        connector=procrastinate.PsycopgConnector(kwargs=database.session_parameters()),  # it listens
        import_paths=app.import_paths,
        worker_defaults=app.worker_defaults,
    )
    app.perform_import_paths()
    ours.tasks = app.tasks
    ours.periodic_registry = app.periodic_registry
    return ours


async def _let_go_of_broken_connections() -> None:
    """Periodic jobs are deferred over Django's connection of one thread, and no request ever comes that would renew it:
    once broken, none would be deferred again."""
    from asgiref.sync import sync_to_async
    from django.db import close_old_connections

    await sync_to_async(close_old_connections, thread_sensitive=True)()


async def _take_up_stalled(app: procrastinate.App) -> None:
    """Put back the jobs of workers that were killed; listeners are idempotent."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_S):
        log.warning("job.taken_up", job_id=job.id, task=job.task_name)
        await app.job_manager.retry_job(job)


def _router(stop: threading.Event) -> None:
    importlib.import_module("ligne.routing.process").main(stop)


def _mail(stop: threading.Event) -> None:
    with _beating("mail"):
        importlib.import_module("ligne.channels.email.process").main(stop)


def _voice(stop: threading.Event) -> None:
    with _beating("voice"):
        importlib.import_module("ligne.channels.voice.process").main(stop)


def _pbx(stop: threading.Event) -> None:
    from ligne.channels.voice import pbx

    try:
        with _beating("pbx"):
            pbx.main(stop)
    except pbx.CannotFetch as reason:
        raise CannotStart(str(reason)) from None


SERVICES: dict[str, Callable[[threading.Event], None]] = {
    "web": _web,
    "live": _live,
    "worker": _worker,
    "router": _router,
    "mail": _mail,
    "voice": _voice,
    "pbx": _pbx,
}


# -- signs of life ---------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _beating(name: str):  # type: ignore[no-untyped-def]
    """Give a sign of life every few seconds while the block runs; a lost database is waited for."""
    done = threading.Event()

    def beat() -> None:
        from django.db import DatabaseError, close_old_connections, connections

        from ligne.kit import heartbeats

        while True:
            try:
                close_old_connections()
                heartbeats.beat(name)
            except DatabaseError:
                connections.close_all()
            if done.wait(BEAT_S):
                connections.close_all()
                return

    thread = threading.Thread(target=beat, name=f"beat {name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(2)
