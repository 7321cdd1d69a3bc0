"""A short round of `make calls`: calls at once, then more than can be taken, and not one of them lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.channels.voice.rig import need_a_telephone

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("telephone")]
ROOT = Path(__file__).resolve().parents[3]
ROUND = ("--waiting", "20", "--bridged", "6", "--rate", "10", "--flood", "100", "--flood-s", "4")


def test_of_many_calls_none_is_lost() -> None:
    need_a_telephone()
    done = subprocess.run(
        [sys.executable, "-m", "tools.calls", *ROUND], cwd=ROOT, capture_output=True, text=True, check=False
    )
    rounds = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert done.returncode == 0, (rounds, done.stderr[-2000:])
    assert [one["round"] for one in rounds] == ["at_once", "flood"]
    assert all(one["lost"] == one["doubled"] == 0 for one in rounds)
