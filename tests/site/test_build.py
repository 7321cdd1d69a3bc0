"""Building what browsers load while a centre runs: nobody ever finds a file missing."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from tools import build


@pytest.mark.slow
def test_a_build_never_leaves_a_hole() -> None:
    files = [path for path in build.BUILT.rglob("*") if path.is_file() and path.name != ".stamp"]
    assert files, "the suite is run on a built tree"
    left_over = build.BUILT / "made-no-more.js"
    left_over.write_text("//")
    missing: set[Path] = set()
    rounds = 0
    stop = threading.Event()

    def watch() -> None:
        nonlocal rounds
        while not stop.is_set():
            missing.update(path for path in files if not os.path.exists(path))
            rounds += 1

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        assert build._bundle() == 0
    finally:
        stop.set()
        watcher.join()
    assert rounds > 10
    assert missing == set()
    assert not left_over.exists()
    assert list(build.BUILT.parent.glob(".built-*")) == []
