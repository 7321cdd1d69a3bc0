"""A centre of its own for a measure: started by `ligne run` in an empty folder, on free ports."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIGNE = Path(sys.executable).parent / "ligne"
ALLOWED_S = 180


@dataclass
class Running:
    """A centre that said it was ready after `took_s` seconds."""

    home: Path
    url: str
    smtp_port: int
    took_s: float
    environment: dict[str, str]

    def ligne(self, *arguments: str) -> str:
        """What a `ligne` command prints, asked of this centre."""
        done = subprocess.run(
            [str(LIGNE), *arguments], env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def folder() -> Iterator[Path]:
    """An empty data folder, gone afterwards."""
    path = Path(tempfile.mkdtemp(prefix="ligne-bench-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def started(home: Path, *, environment: dict[str, str] | None = None) -> Iterator[Running]:
    """Start a centre on `home`, wait for its ready line, stop it with Ctrl-C. `environment` sets more LIGNE_ names."""
    web, smtp = free_port(), free_port()
    more = environment or {}
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LIGNE_", "DATABASE_URL"))}
    environment |= {"LIGNE_HOME": str(home), "LIGNE_PORT": str(web), "LIGNE_SMTP_PORT": str(smtp)} | more
    began = time.monotonic()
    process = subprocess.Popen(
        [str(LIGNE), "run"],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=(home / "bench.log").open("ab"),
        text=True,
        start_new_session=True,
    )
    try:
        _wait_for_ready(process)
        took = time.monotonic() - began
        yield Running(home, f"http://127.0.0.1:{web}", smtp, took, environment)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _wait_for_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    began = time.monotonic()
    for line in process.stdout:
        if line.startswith("ready "):
            return
        if time.monotonic() - began > ALLOWED_S:
            break
    raise RuntimeError("the centre did not become ready")
