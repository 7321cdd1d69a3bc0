"""P8: two thousand desks on the live line of one process, idle and busy; then that process is killed under them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.centre import LIGNE, ROOT, Running, folder, free_port, started
from bench.measure import Measure

DESKS = 2000
EVENTS_EACH = 10  # a second
IDLE_S = 20
BUSY_S = 20
BAR_KB = 60
_TICKS = os.sysconf("SC_CLK_TCK")


def measures() -> Iterator[Measure]:
    """P8."""
    with folder() as home, started(home, environment={"LIGNE_DEMO": "0"}) as centre:
        yield desks(centre)


def desks(centre: Running) -> Measure:
    """What `DESKS` pages cost the process that serves them, and what they hear."""
    people = tool(centre, "crowd", str(DESKS))
    port = free_port()
    with served(centre, port) as process, pages(port, people) as crowd:
        before = process.memory()
        crowd.ask("open")
        crowd.until_open(DESKS)
        time.sleep(2)
        used, began = process.cpu_s(), time.monotonic()
        time.sleep(IDLE_S)
        idle = process.cost(before, used, began)
        busy = _busy(centre, people, process, crowd, before)
        storm = _storm(centre, people, port, process, crowd)
    kb = max(idle["rss_kb_each"], busy["rss_kb_each"])
    heard = busy["missed"] + busy["doubled"] + busy["wanting"] + storm["missed"] + storm["doubled"] + storm["wanting"]
    return Measure(
        "P8",
        f"{DESKS} desks on the live line of one process: idle, then {EVENTS_EACH} events a second each, then it is "
        "killed and all come back at once while events go on",
        f"all connected, <= {BAR_KB} kB of its memory each, nothing lost, nothing twice, nobody asks for everything",
        {"idle": idle, "busy": busy, "storm": storm},
        kb <= BAR_KB and heard == 0 and storm["resyncs"] == 0 and storm["open"] == DESKS,
    )


def _busy(centre: Running, people: Any, process: Process, crowd: Pages, before: Memory) -> dict[str, Any]:
    crowd.ask("report")
    used, began = process.cpu_s(), time.monotonic()
    theirs = crowd.ask("report")["cpu_s"]
    said = tool(centre, "pusher", str(EVENTS_EACH), str(BUSY_S), given=people)
    cost = process.cost(before, used, began)
    heard = crowd.settled(said["said"])
    return cost | {
        "said": said["said"],
        "late_s": said["late_s"],
        "told": heard["told"],
        "wanting": said["said"] - heard["told"],
        **{name: heard[name] for name in ("missed", "doubled", "p50_ms", "p99_ms", "ended")},
        "pages_cpu_share": round((heard["cpu_s"] - theirs) / BUSY_S, 2),
        "pusher_cpu_share": round(said["cpu_s"] / BUSY_S, 2),
    }


def _storm(centre: Running, people: Any, port: int, process: Process, crowd: Pages) -> dict[str, Any]:
    """Kill the process while a tenth of an event a second each goes on; start it again two seconds later."""
    crowd.ask("report")
    first = BUSY_S * EVENTS_EACH
    saying = start_tool(centre, "pusher", "0.1", "20", str(first), given=people)
    time.sleep(3)
    process.kill()
    time.sleep(2)
    process.start()
    began = time.monotonic()
    crowd.until_open(DESKS)
    back = time.monotonic() - began
    said = finished(saying)
    heard = crowd.settled(said["said"])
    return {
        "back_s": round(back, 2),
        "open": heard["open"],
        "said": said["said"],
        "wanting": said["said"] - heard["told"],
        "resyncs": heard["events"].get("resync", 0),
        **{name: heard[name] for name in ("missed", "doubled", "refused")},
        "cpu_s": round(process.cpu_s(), 2),
    }


# -- the process that is measured ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Memory:
    """Of one process, kB; `pss` counts shared pages in proportion."""

    rss: int
    pss: int


class Process:
    """`ligne serve live`, apart from the rest of the centre."""

    def __init__(self, centre: Running, port: int) -> None:
        self._environment = centre.environment | {"LIGNE_LIVE_PORT": str(port)}
        self._log = centre.home / "live.log"
        self.port = port
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(LIGNE), "serve", "live"], env=self._environment, cwd=ROOT, stderr=log, stdout=log
            )
        deadline = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            if time.monotonic() > deadline:
                raise RuntimeError("the live process did not start")
            time.sleep(0.02)

    def kill(self) -> None:
        """As a fault would."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """As a person would."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(30)

    def memory(self) -> Memory:
        """What it holds now."""
        rows = Path(f"/proc/{self._process.pid}/smaps_rollup").read_text().splitlines()
        sizes = {row.split(":")[0]: int(row.split()[1]) for row in rows if row.endswith(" kB")}
        return Memory(sizes["Rss"], sizes["Pss"])

    def cpu_s(self) -> float:
        """CPU time so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def cost(self, before: Memory, used: float, began: float) -> dict[str, Any]:
        """Memory per desk beyond what it held `before` they came, and its share of one core since `began`."""
        now = self.memory()
        return {
            "rss_kb_each": round((now.rss - before.rss) / DESKS, 1),
            "pss_kb_each": round((now.pss - before.pss) / DESKS, 1),
            "rss_mb": round(now.rss / 1024, 1),
            "cpu_share": round((self.cpu_s() - used) / (time.monotonic() - began), 3),
        }


@contextlib.contextmanager
def served(centre: Running, port: int) -> Iterator[Process]:
    """The live process of a centre, on a port of its own."""
    process = Process(centre, port)
    try:
        yield process
    finally:
        process.stop()


# -- those who load it -----------------------------------------------------------------------------------------------


class Pages:
    """`bench.pages`, in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, order: str) -> dict[str, Any]:
        """Give an order; what it answers."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def until_open(self, count: int) -> None:
        """Wait until so many lines are open. What is heard meanwhile is added to the next report's."""
        deadline = time.monotonic() + 60
        while self.ask("count")["open"] < count:
            if time.monotonic() > deadline:
                raise RuntimeError("the desks did not all get a line")
            time.sleep(0.05)

    def settled(self, told: int) -> dict[str, Any]:
        """The report, once so many events were told, or nothing more comes."""
        deadline = time.monotonic() + 10
        while self.ask("count")["told"] < told and time.monotonic() < deadline:
            time.sleep(0.1)
        return self.ask("report")


@contextlib.contextmanager
def pages(port: int, people: Any) -> Iterator[Pages]:
    """Pages of these people for the live line on `port`; none is open yet."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.pages", str(port)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(people) + "\n")
    process.stdin.flush()
    try:
        yield Pages(process)
    finally:
        process.kill()
        process.wait()


def start_tool(centre: Running, name: str, *arguments: str, given: Any = None) -> subprocess.Popen[str]:
    """A program of the bench, with the centre's settings; `given` is its stdin, as JSON."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"bench.{name}", *arguments],
        env=centre.environment | {"DJANGO_SETTINGS_MODULE": "ligne.site.settings"},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(given) + "\n")
    process.stdin.close()
    process.stdin = None
    return process


def finished(process: subprocess.Popen[str]) -> Any:
    """What it printed, once it has ended well."""
    said, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"a program of the bench failed: exit {process.returncode}")
    return json.loads(said)


def tool(centre: Running, name: str, *arguments: str, given: Any = None) -> Any:
    """`start_tool`, waited for."""
    return finished(start_tool(centre, name, *arguments, given=given))
