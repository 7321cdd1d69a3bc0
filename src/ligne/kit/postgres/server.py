"""The supervisor of the embedded server: clears what a crash left, starts, waits for recovery, stops."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ligne.kit import processes
from ligne.kit.postgres import binaries, cluster
from ligne.kit.postgres.errors import PostgresError

if TYPE_CHECKING:
    import psycopg

_STEP_S = 0.02
_LOG_LIMIT = 10 * 1024 * 1024
# Failing statements and key values stay out of the log: they hold people's data.
_SETTINGS = {
    "listen_addresses": "",
    "port": cluster.PORT,
    "max_connections": "200",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
    "idle_in_transaction_session_timeout": "10min",
}
_WITHOUT_SYNC = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Server:
    """The one server of one data folder.

    `durable=False` gives up safety for speed; it is for tests. `tell` is called with a sentence when something takes
    long. Usable as a context manager.
    """

    def __init__(self, home: Path, *, durable: bool = True, tell: Callable[[str], None] = lambda text: None) -> None:
        self.home = home.absolute()
        self.data = self.home / "pg"
        self.log = self.home / "logs" / "postgres.log"
        self.durable = durable
        self.tell = tell
        self._hold = processes.Hold(self.home / "pg.lock")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The postmaster's process number while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self, *, patience_s: float = 300) -> None:
        """Start the server, making the cluster first if there is none, and return when it answers.

        Raises `PostgresError` when another living process owns the cluster, when it is of another version, or when
        recovery takes more than `patience_s`.
        """
        self.launch()
        self.wait(patience_s=patience_s)

    def launch(self) -> None:
        """First half of `start`: own the cluster and start the postmaster, without waiting for it."""
        binaries.forget_environment()
        self.home.mkdir(parents=True, exist_ok=True)
        try:
            self._hold.take()
        except processes.Held as held:
            raise PostgresError(
                f"another process ({held.pid}) already runs the database in {self.home}; "
                "stop it first, or choose another LIGNE_HOME"
            ) from None
        try:
            owner = cluster.owner_of(self.data)
            if self.data.exists():
                cluster.check_version(self.data)
                self._clear_the_way()
            else:
                self.tell("making the database")
                cluster.create(self.data, owner, sync=self.durable)
            cluster.write_access(self.data, owner)
            sockets = cluster.make_socket_folder(self.home, owner)
            self._process = self._run(owner, sockets)
        except OSError as problem:
            self._hold.let_go()
            raise PostgresError(f"the database could not be started in {self.home}: {problem}") from problem
        except BaseException:
            self._hold.let_go()
            raise

    def wait(self, *, patience_s: float = 300) -> None:
        """Second half of `start`: wait until recovery is over and the database exists."""
        try:
            self._wait_until_ready(patience_s)
            if not cluster.is_prepared(self.data):
                self._prepare()
        except BaseException:
            self.stop()
            raise

    def ensure(self) -> bool:
        """Start the postmaster again if it died; True when it had. For the loop that watches over the processes: it is
        not waited for, since the others have to be watched meanwhile. Raises `PostgresError` when it cannot be started.
        """
        if self._process is None or self._process.poll() is None:
            return False
        try:
            self._clear_the_way()
            owner = cluster.owner_of(self.data)
            self._process = self._run(owner, cluster.make_socket_folder(self.home, owner))
        except OSError as problem:
            raise PostgresError(f"the database could not be started again: {problem}") from problem
        return True

    def stop(self, *, patience_s: float = 20) -> None:
        """Stop cleanly: sessions are ended, everything is on disk. Stopping twice is harmless."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            for number, wait_s in ((signal.SIGINT, patience_s), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
                process.send_signal(number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(wait_s)
                    break
        self._hold.let_go()

    # -- starting ----------------------------------------------------------------------------------------------------

    def _run(self, owner: cluster.Owner, sockets: Path) -> subprocess.Popen[bytes]:
        inside = cluster.seen_from_inside(self.data, owner)
        usual = sockets.parent == self.data
        settings = _SETTINGS | {"unix_socket_directories": f"{inside}/run" if usual else str(sockets)}
        settings |= {"unix_socket_permissions": "0700"} | ({} if self.durable else _WITHOUT_SYNC)
        command = [cluster.program("postgres", owner), "-D", inside]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        for stale in sockets.glob(".s.PGSQL.*"):
            stale.unlink()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        parent = os.getpid()
        with self.log.open("ab") as log:
            self.log.chmod(0o600)
            return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
                command,
                cwd=self.data,
                env=binaries.clean_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C in the terminal must reach us and not the server, which others still use while they stop.
                process_group=0,
                preexec_fn=lambda: processes.die_with(parent, signal.SIGINT),  # noqa: PLW1509 - only system calls
                **owner.popen(),
            )

    def _wait_until_ready(self, patience_s: float) -> None:
        """The postmaster says "ready" in its pid file once recovery is over; a dead one says why in its log."""
        process = self._process
        if process is None:
            raise PostgresError("the database was not started")
        began = told = time.monotonic()
        while True:
            if process.poll() is not None:
                raise PostgresError(f"the database did not start: {self.last_words()} (see {self.log})")
            lines = self._pid_file()
            if len(lines) >= 8 and lines[0] == str(process.pid) and lines[7].strip() == "ready":
                return
            now = time.monotonic()
            if now - began > patience_s:
                raise PostgresError(f"the database was not ready after {patience_s:.0f} s (see {self.log})")
            if now - told > 5:
                told = now
                self.tell("the database recovers what a crash left unfinished")
            time.sleep(_STEP_S)

    def last_words(self) -> str:
        """The last fatal line of the server's log, without its prefix."""
        with contextlib.suppress(OSError):
            for line in reversed(self.log.read_text(errors="replace").splitlines()[-30:]):
                for mark in ("FATAL:", "PANIC:"):
                    if mark in line:
                        return line.partition(mark)[2].strip()
        return "no reason given"

    def _pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def _clear_the_way(self) -> None:
        """Remove what a killed server left: its orphans, then a pid file that names a stranger or a zombie.

        We hold the cluster, so whoever still works in it is an orphan of a supervisor that was killed. PostgreSQL
        itself deals with a pid file whose process is gone, and checks its shared memory: that one is left alone.
        """
        first = next(iter(self._pid_file()), "")
        postmaster = int(first) if first.strip().isdigit() else 0
        stages = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
        for number, wait_s in stages:
            orphans = self._orphans(postmaster)
            if not orphans:
                break
            for pid in [postmaster] if postmaster in orphans else orphans:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            deadline = time.monotonic() + wait_s
            while self._orphans(postmaster) and time.monotonic() < deadline:
                time.sleep(_STEP_S)
        if postmaster and self._pid_file() and processes.state(postmaster) != "gone":
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _orphans(self, postmaster: int) -> list[int]:
        """Living PostgreSQL processes of this cluster that are not our child's."""
        if processes.LINUX:
            return [p for p in processes.working_in(self.data) if processes.program(p).startswith("postgres")]
        return [postmaster] if postmaster and processes.state(postmaster) == "alive" else []

    # -- first contents ----------------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        """Make the application's role, its database and the extensions; each step may have been done before."""
        import psycopg
        from psycopg import sql

        role, name = sql.Identifier(cluster.APP_ROLE), sql.Identifier(cluster.DATABASE)
        with self.admin("postgres") as db:
            if not db.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [cluster.APP_ROLE]).fetchone():
                db.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(role))
            self._extend("template1")
            if not db.execute("SELECT 1 FROM pg_database WHERE datname = %s", [cluster.DATABASE]).fetchone():
                with contextlib.suppress(psycopg.errors.DuplicateDatabase):
                    db.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, role))
            db.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        self._extend(cluster.DATABASE)
        cluster.mark_prepared(self.data, cluster.owner_of(self.data))

    def _extend(self, database: str) -> None:
        from psycopg import sql

        with self.admin(database) as db:
            for extension in cluster.EXTENSIONS:
                db.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))

    def admin(self, database: str) -> psycopg.Connection[Any]:
        """A connection as the cluster's superuser, which the application is not."""
        import psycopg

        return psycopg.connect(
            host=str(cluster.socket_folder(self.home)),
            port=cluster.PORT,
            user=cluster.ADMIN_ROLE,
            dbname=database,
            autocommit=True,
        )
