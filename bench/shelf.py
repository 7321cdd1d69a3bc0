"""Large bases that several measures use: made once, kept under `LIGNE_BENCH_HOME` (default `var/bench`)."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.centre import ROOT


@contextlib.contextmanager
def kept(name: str, key: str, make: Callable[[Path], object]) -> Iterator[Path]:
    """The folder called `name`, made by `make` when it is missing or was made under another `key`.

    Nobody else makes or changes it meanwhile; a draft that failed is not kept.
    """
    shelf = Path(os.environ.get("LIGNE_BENCH_HOME") or ROOT / "var" / "bench").absolute()
    shelf.mkdir(parents=True, exist_ok=True)
    shelf.chmod(0o755)
    place = shelf / f"{name}-{key}"
    with (shelf / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            for older in shelf.glob(f"{name}-*"):
                shutil.rmtree(older, ignore_errors=True)
            draft = shelf / f"{name}-draft-{os.getpid()}"
            try:
                make(draft)
                draft.rename(place)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
        yield place
