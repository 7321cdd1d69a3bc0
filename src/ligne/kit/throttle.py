"""How often one source may do one thing: a sliding window in this process's memory.

It protects against floods, it does not count exactly: each process has its own windows and forgets them when it ends.
"""

from __future__ import annotations

import math
import threading
from collections import deque

from ligne.kit import clock
from ligne.kit.errors import TooMany

_lock = threading.Lock()
_windows: dict[tuple[str, str], deque[float]] = {}
# Past that many sources, those that were quiet longest are forgotten.
_MAX_SOURCES = 50_000


def check(what: str, source: str, *, times: int, seconds: int, sentence: str | None = None) -> None:
    """Count one `what` by `source`; an empty source is not counted.

    Raises `TooMany` (with `sentence`) past `times` within `seconds`.
    """
    if not source:
        return
    now = clock.now().timestamp()
    with _lock:
        window = _windows.pop((what, source), None) or deque()
        _windows[(what, source)] = window  # the most recent source stands last
        while window and window[0] <= now - seconds:
            window.popleft()
        if len(window) >= times:
            raise TooMany(sentence, retry_after=max(1, math.ceil(window[0] + seconds - now)))
        window.append(now)
        while len(_windows) > _MAX_SOURCES:
            del _windows[next(iter(_windows))]


def forget() -> None:
    """Empty every window; for tests."""
    with _lock:
        _windows.clear()
