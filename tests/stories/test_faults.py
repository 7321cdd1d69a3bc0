"""A short drill of `ligne simulate faults`; the long one is `make faults`. Any process may be killed while customers
write: nothing is lost, nothing happens twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("centre")]

SHORT = ("kill postgres", "twice", "kill web")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds processes by /proc, which Linux has")
def test_a_short_drill_loses_and_doubles_nothing() -> None:
    asked = [part for name in SHORT for part in ("--only", name)]
    command = [sys.executable, "-m", "ligne.site.cli", "simulate", "faults", "--rounds", str(len(SHORT)), "--json"]
    done = subprocess.run([*command, *asked], capture_output=True, text=True, timeout=900, check=False)
    assert done.stdout, done.stderr[-3000:]
    summary = json.loads(done.stdout)
    assert [one["fault"] for one in summary["rounds"]] == list(SHORT)
    assert [one["lost"] + one["doubled"] + one["wrong"] for one in summary["rounds"]] == [[]] * len(SHORT)
    assert min(summary["acknowledged"][kind] for kind in ("mail", "said", "api")) > 5
    assert summary["journal"]["ok"]
    assert summary["backup"]["same_journal"]
    assert summary["ok"]
