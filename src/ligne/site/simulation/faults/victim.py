"""The centre that the faults are done to: `ligne run` in a folder of its own, with its processes at hand."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

START_S = 400.0


def free_port() -> int:
    """A TCP port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Victim:
    """A running centre. `small` says whether its files and its database lie on small disks of their own."""

    home: Path
    port: int = field(default_factory=free_port)
    smtp_port: int = field(default_factory=free_port)
    small: bool = False
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its processes and of `ligne` commands beside it."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("LIGNE_", "PG")) and k != "DATABASE_URL"}
        kept = {k: v for k, v in os.environ.items() if k == "LIGNE_POSTGRES_BIN"}
        return clean | kept | self.settings

    @property
    def settings(self) -> dict[str, str]:
        """What makes it this centre."""
        return {
            "LIGNE_HOME": str(self.home),
            "LIGNE_PORT": str(self.port),
            "LIGNE_SMTP_PORT": str(self.smtp_port),
            "LIGNE_DEMO_SCALE": "200",
            "LIGNE_STOP_WITH_PARENT": "1",
            "DJANGO_SETTINGS_MODULE": "ligne.site.settings",
        }

    def start(self) -> None:
        """Start it and return once it says that it is ready. Raises RuntimeError with its last words."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ligne.site.cli", "run"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said = []
        deadline = time.monotonic() + START_S
        assert self.process.stdout is not None  # noqa: S101 - asked for above
        for line in self.process.stdout:
            said.append(line)
            if line.startswith("ready "):
                return
            if time.monotonic() > deadline:
                break
        raise RuntimeError("the centre did not start: " + "".join(said[-5:]))

    def stop(self) -> None:
        """Stop it as Ctrl-C does."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def ligne(self, *arguments: str, **settings: str) -> str:
        """What a `ligne` command prints beside it. Raises RuntimeError with what it complains of."""
        command = [sys.executable, "-m", "ligne.site.cli", *arguments]
        environment = self.environment | settings
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode:
            raise RuntimeError(f"ligne {' '.join(arguments)}: {done.stderr.strip()[-1000:]}")
        return done.stdout

    def beside(self, name: str, **settings: str) -> subprocess.Popen[bytes]:
        """Another process of the same centre, as on a second host: `ligne serve NAME`."""
        command = [sys.executable, "-m", "ligne.site.cli", "serve", name]
        log = (self.home / "logs" / "beside.log").open("ab")
        return subprocess.Popen(command, env=self.environment | settings, stdout=log, stderr=log)

    # -- its processes -----------------------------------------------------------------------------------------------

    def pid(self, name: str) -> int:
        """The number of the process called `name` ("web", "router", … or "postgres"). Raises LookupError."""
        assert self.process is not None  # noqa: S101 - started
        wanted = name if name == "postgres" else f"ligne-{name}"
        for pid, program in children(self.process.pid):
            if program == wanted:
                return pid
        raise LookupError(name)

    def backends(self) -> list[int]:
        """The processes by which the database serves its sessions."""
        found = []
        for pid, _ in children(self.pid("postgres")):
            with contextlib.suppress(OSError):
                title = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
                if ": ligne ligne " in title:
                    found.append(pid)
        return found

    def healthy(self) -> bool:
        """Whether it says of itself that it is well."""
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
        return False


def children(parent: int) -> Iterator[tuple[int, str]]:
    """The processes that `parent` started itself, as (number, short name); by /proc."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            head, _, rest = (entry / "stat").read_text().rpartition(")")
        except OSError:
            continue
        fields = rest.split()
        if int(fields[1]) == parent and fields[0] not in {"Z", "X"}:
            yield int(entry.name), head.partition("(")[2]


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """An empty data folder that the database's own user can walk down to; gone afterwards."""
    path = Path(tempfile.mkdtemp(prefix="ligne-faults-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
