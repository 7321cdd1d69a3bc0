"""Any one process is killed while customers write and chat: nothing is lost, nothing happens twice."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Centre

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("centre")]

VICTIMS = ("ligne-web", "ligne-router", "ligne-mail", "ligne-worker", "postgres")


@pytest.fixture
def own_centre() -> Iterator[Centre]:
    """A centre that only this test kills."""
    home = Path(tempfile.mkdtemp(prefix="ligne-kills-"))
    running = Centre(home, environment={"LIGNE_DEMO_SCALE": "200"})
    try:
        yield running.start()
    finally:
        running.stop()
        shutil.rmtree(home, ignore_errors=True)


def children(parent: int) -> dict[str, int]:
    """The names and ids of the processes that `parent` started itself."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)
        except OSError:
            continue
        if int(fields[1].split()[1]) == parent:
            found[fields[0].split("(", 1)[1]] = int(entry.name)
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds processes by /proc, which Linux has")
def test_killing_any_process_loses_and_doubles_nothing(own_centre: Centre) -> None:
    assert own_centre.process is not None
    asked = "simulate traffic --rate 60 --minutes 0.9 --advisors 4 --seed 3 --json"
    traffic = subprocess.Popen(
        [sys.executable, "-m", "ligne.site.cli", *asked.split()],
        env=own_centre.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    killed = []
    time.sleep(6)
    for victim in VICTIMS:
        pid = children(own_centre.process.pid).get(victim)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            killed.append(victim)
        time.sleep(8)
    said, complained = traffic.communicate(timeout=400)
    assert said, complained[-3000:]
    answer = json.loads(said)
    assert killed == list(VICTIMS)
    assert answer["sent"]["mail"] > 5
    assert answer["sent"]["chat"] > 5
    assert answer["findings"] == {"lost": [], "doubled": [], "wrong": []}
    verified = json.loads(own_centre.ligne("journal", "verify", "--json").stdout)
    assert verified["ok"]
