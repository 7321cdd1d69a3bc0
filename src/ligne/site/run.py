"""`ligne run`: the whole centre on one machine, from one command.

Everything is imported once here, then each process is forked: starting is quick and they share memory. The parent
keeps no thread and no database connection; it only watches, starts again what died, and stops everyone.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TextIO

from ligne.kit import processes
from ligne.kit.postgres import PostgresError, Server
from ligne.site import env

PROCESSES = ("web", "router", "worker", "mail")
# With a telephone: the controller of calls, and the exchange when it is ours.
VOICE = {"": (), "asterisk": ("voice", "pbx"), "external": ("voice",)}
_SHARED = (
    "ligne.site.asgi",
    "ligne.site.serve",
    "ligne.routing.process",
    "ligne.channels.email.process",
    "ligne.site.live.door",
    "uvicorn.lifespan.off",
    "uvloop",
)
_STEP_S = 0.05
_PATIENCE_S = 60.0
_LONG_ENOUGH_S = 30.0
_LONGEST_PAUSE_S = 10.0
_STOP_S = 8.0


class CannotRun(Exception):
    """The centre cannot start; one line says why."""


class Stopped(Exception):
    """We were asked to stop before everything had started."""


@dataclass
class Child:
    """One process of ours: its number while it lives, when it began, and when it may begin again."""

    name: str
    pid: int = 0
    began: float = 0.0
    pause_s: float = 0.2
    again_at: float = 0.0
    deaths: int = 0

    def rest(self) -> None:
        """It died: it begins again after a pause that is longer each time it did not live for long."""
        lived = time.monotonic() - self.began
        self.pause_s = 0.2 if lived > _LONG_ENOUGH_S else min(self.pause_s * 2, _LONGEST_PAUSE_S)
        self.pid, self.again_at = 0, time.monotonic() + self.pause_s
        self.deaths += 1


class Centre:
    """The running centre: the embedded database unless DATABASE_URL is set, and the processes."""

    def __init__(self, home: Path, *, say: Callable[[str], None]) -> None:
        self.home = home
        self.say = say
        self.stopping = False
        self._preparing = False
        names = ("web",) * (env.web_processes() - 1) + PROCESSES + VOICE[env.voice()]
        self.children = [Child(name) for name in names]
        self._postmaster = Child("database", pid=1, pause_s=0.0)
        self._hold = processes.Hold(home / "run.lock")
        self._database = None if os.environ.get("DATABASE_URL") else Server(home, tell=say)
        self._log: TextIO | None = None
        self._sign_ins: list[tuple[str, str]] = []

    def run(self) -> None:
        """Start, say `ready`, watch until a signal, stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)
        if env.flag("LIGNE_STOP_WITH_PARENT", default=False):
            processes.die_with(os.getppid())
        self._own_the_home()
        try:
            self._start_database()
            self._prepare()
            self._start_processes()
            self._announce()
            self._watch()
        except Stopped:
            pass
        finally:
            self._stop()

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        if self._preparing and not self.stopping:
            self.stopping = True
            raise Stopped  # out of a migration or the demo, which undo themselves
        self.stopping = True

    # -- starting ----------------------------------------------------------------------------------------------------

    def _own_the_home(self) -> None:
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._hold.take()
        except processes.Held as held:
            raise CannotRun(
                f"another centre (process {held.pid}) already runs in {self.home}; "
                "stop it first, or choose another LIGNE_HOME"
            ) from None
        except OSError as problem:
            raise CannotRun(f"LIGNE_HOME {self.home} cannot be used: {problem.strerror}") from None
        ports = [env.port("LIGNE_PORT", 8000), env.port("LIGNE_SMTP_PORT", 2525)]
        if env.voice():
            ports.append(env.port("LIGNE_ARI_PORT", 8088))
        if env.voice() == "asterisk":
            ports.append(env.port("LIGNE_PBX_HTTP_PORT", 8089))
        for port in ports:
            self._check_free(port)

    def _check_free(self, port: int) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((os.environ.get("LIGNE_BIND", "127.0.0.1"), port))
            except OSError as problem:
                self._hold.let_go()
                raise CannotRun(f"port {port} cannot be used: {problem.strerror}") from None

    def _start_database(self) -> None:
        """Start the database and import everything else while it wakes up."""
        try:
            if self._database:
                self._database.launch()
            import django

            django.setup()
            if self._database:
                self._database.wait()
        except PostgresError as problem:
            raise CannotRun(str(problem)) from None

    def _prepare(self) -> None:
        """Bring the database up to date and make the demo on first run."""
        from django.db import DatabaseError, connections

        from ligne.site import migrations

        self._preparing = True
        try:
            if not migrations.up_to_date():
                self.say("bringing the database up to date")
                migrations.migrate()
            if env.demo():
                self._demo()
            if env.voice() == "asterisk":
                self._fetch_the_exchange()
        except DatabaseError as problem:
            raise CannotRun(f"the database does not answer as it should: {str(problem).splitlines()[0]}") from None
        finally:
            self._preparing = False
            connections.close_all()

    def _demo(self) -> None:
        from ligne.site import demo, demo_access

        if not demo.exists() and not self.stopping:
            self.say("making the demo company")
            demo_access.make(self.home, env.demo_scale())
        self._sign_ins = demo_access.sign_ins(self.home)

    def _fetch_the_exchange(self) -> None:
        from ligne.channels.voice import pbx

        there = env.pbx_programs()
        if pbx.found(there) is None:
            self.say(f"fetching the telephone exchange (Asterisk) into {there}")
        try:
            pbx.fetch(there)
        except pbx.CannotFetch as reason:
            raise CannotRun(f"no telephone: {reason}") from None

    # -- processes ---------------------------------------------------------------------------------------------------

    def _start_processes(self) -> None:
        self._import_what_they_share()
        gc.collect()
        gc.freeze()  # what is loaded now stays in memory shared by all
        self._open_log()
        for child in self.children:
            self._start(child)

    def _import_what_they_share(self) -> None:
        from django.urls import get_resolver

        _ = get_resolver().url_patterns
        for name in _SHARED:
            importlib.import_module(name)

    def _open_log(self) -> None:
        """Log lines go to a file: whoever reads our output may stop after `ready`. LIGNE_LOG=stderr undoes it."""
        if os.environ.get("LIGNE_LOG", "file") == "stderr":
            return
        path = self.home / "logs" / "ligne.log"
        path.parent.mkdir(exist_ok=True)
        if path.exists() and path.stat().st_size > 50 * 1024 * 1024:
            path.replace(path.with_suffix(".log.1"))
        self._log = path.open("a", buffering=1)
        path.chmod(0o600)

    def _start(self, child: Child) -> None:
        parent = os.getpid()
        sys.stdout.flush()
        child.pid = os.fork()
        child.began = time.monotonic()
        if child.pid:
            return
        code = 1
        try:
            os.setpgid(0, 0)  # Ctrl-C reaches the parent alone, which stops everyone in order
            processes.die_with(parent)
            processes.name_this(f"ligne-{child.name}")
            if self._log:
                os.dup2(self._log.fileno(), 2)
            from ligne.site import serve

            code = serve.main(child.name)
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def _announce(self) -> None:
        """Wait until everything answers, then say how to sign in and, last, where."""
        deadline = time.monotonic() + _PATIENCE_S
        waiting = {child.name for child in self.children}
        while waiting and not self.stopping:
            self._look_after()
            waiting = {child.name for child in self.children if child.name in waiting and not self._answers(child)}
            if time.monotonic() > deadline:
                raise CannotRun(f"no answer from {', '.join(sorted(waiting))} (see {self.home / 'logs'})")
            time.sleep(_STEP_S)
        if self.stopping:
            return
        if self._sign_ins:
            self.say("\n".join(f"{email}  {password}" for email, password in self._sign_ins))
        self.say(f"ready {env.public_url()}")

    def _answers(self, child: Child) -> bool:
        if child.name == "web":
            return _http_ok(env.port("LIGNE_PORT", 8000))
        if child.name == "mail":
            return _accepts(env.port("LIGNE_SMTP_PORT", 2525))
        from django.db import connections

        from ligne.kit.models import Heartbeat

        name, pid = child.name, child.pid
        if name == "pbx":  # it answers once the controller of calls hears it
            name, pid = "exchange", next(one.pid for one in self.children if one.name == "voice")
        try:
            instance = f"{socket.gethostname()}:{pid}"
            return Heartbeat.objects.filter(name__startswith=name, instance=instance).exists()
        finally:
            connections.close_all()  # nothing may be open when a process is forked again

    # -- watching and stopping ---------------------------------------------------------------------------------------

    def _watch(self) -> None:
        while not self.stopping:
            self._look_after()
            time.sleep(0.2)

    def _look_after(self) -> None:
        """Start again what died, each after a pause that grows while it keeps dying."""
        self._look_after_the_database()
        for child in self.children:
            if child.pid and _ended(child.pid):
                child.rest()
                self._tell_again(child.name, child.pause_s)
            if not child.pid and not self.stopping and time.monotonic() >= child.again_at:
                self._start(child)

    def _look_after_the_database(self) -> None:
        """Start it again when it died. One that cannot start (a full disk) is tried again and again: the others stay,
        and say what is the matter to whoever asks."""
        database, facts = self._database, self._postmaster
        if database is None or database.pid is not None:
            return
        if facts.pid:
            facts.rest()
            facts.pid = 0
            self._tell_again("database", facts.pause_s, why=database.last_words())
        if time.monotonic() < facts.again_at:
            return
        try:
            database.ensure()
            facts.pid, facts.began = database.pid or 1, time.monotonic()
        except PostgresError as problem:
            facts.rest()
            self._tell_again("database", facts.pause_s, why=str(problem))

    def _tell_again(self, name: str, pause_s: float, **facts: str) -> None:
        import structlog

        structlog.get_logger("ligne.run").warning("process.died", process=name, again_s=round(pause_s, 1), **facts)

    def _stop(self) -> None:
        """Stop the processes together, the database last."""
        for number, wait_s in ((signal.SIGTERM, _STOP_S), (signal.SIGKILL, 2.0)):
            alive = [child for child in self.children if child.pid]
            for child in alive:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child.pid, number)
            deadline = time.monotonic() + wait_s
            while alive and time.monotonic() < deadline:
                for child in alive:
                    if _ended(child.pid):
                        child.pid = 0
                alive = [child for child in alive if child.pid]
                time.sleep(0.02)
        if self._database:
            self._database.stop()
        self._hold.let_go()


def _ended(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def _accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _http_ok(port: int) -> bool:
    """Whether /healthz answers 200; asked by hand, a client library takes longer to import than this to answer."""
    host = os.environ.get("LIGNE_BIND", "127.0.0.1")
    target = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    with contextlib.suppress(OSError), socket.create_connection((target, port), timeout=5) as line:
        line.sendall(b"GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        return b" 200 " in line.recv(64)
    return False
