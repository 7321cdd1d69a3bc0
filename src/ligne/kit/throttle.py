"""How often one source may do one thing.

Three ways, by what they cost. `check` counts in this process's memory: free, and for what only floods.
`check_everywhere` counts in the database, so that a centre of twenty processes is no easier to guess at than one: one
statement a try, for doors where each try matters. `check_leased` takes shares of the common count and spends them in
memory: one statement in `lease` tries, for paths too hot to write at each.

Counts are kept in an unlogged table: they cost no disk flush, and a crash forgets them, which is soon made good.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections import OrderedDict, deque
from typing import TypeVar

from django.db import connection

from ligne.kit import clock
from ligne.kit.errors import TooMany

T = TypeVar("T")
_lock = threading.Lock()
_windows: dict[tuple[str, str], deque[float]] = {}
# What the database refused, until when: a flood is then refused without asking it again.
_refused: OrderedDict[tuple[str, str], float] = OrderedDict()
# (tries left, until when they may be spent).
_leases: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()
# Past that many sources, those that were quiet longest are forgotten.
_MAX_SOURCES = 50_000

# The instants still inside the window, and one more when there is room; no row comes back when there is none.
_COUNT = """
INSERT INTO kit_pace AS pace (key, at, until) VALUES (%(key)s, ARRAY[%(now)s::float8], to_timestamp(%(until)s))
ON CONFLICT (key) DO UPDATE SET
    at = ARRAY(SELECT a FROM unnest(pace.at) AS a WHERE a > %(since)s ORDER BY a) || %(now)s::float8,
    until = excluded.until
WHERE (SELECT count(*) FROM unnest(pace.at) AS a WHERE a > %(since)s) < %(times)s
RETURNING 1
"""
_OLDEST = "SELECT min(a) FROM kit_pace, unnest(at) AS a WHERE key = %(key)s AND a > %(since)s"


def check(what: str, source: str, *, times: int, seconds: int, sentence: str | None = None) -> None:
    """Count one `what` by `source` in this process; an empty source is not counted.

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


def check_everywhere(what: str, source: str, *, times: int, seconds: int, sentence: str | None = None) -> None:
    """Count one `what` by `source` among all processes; an empty source is not counted.

    Exact: no window of `seconds` holds more than `times`. To be called outside a transaction, or what is counted in one
    that fails is forgotten. Raises `TooMany` (with `sentence`).
    """
    if not source:
        return
    now = clock.now().timestamp()
    with _lock:
        until = _refused.get((what, source), 0.0)
    if until > now:
        raise TooMany(sentence, retry_after=max(1, math.ceil(until - now)))
    free_at = _count(what, source, now, times, seconds)
    if free_at is None:
        return
    with _lock:
        _remember(_refused, (what, source), free_at)
    raise TooMany(sentence, retry_after=max(1, math.ceil(free_at - now)))


def check_leased(what: str, source: str, *, times: int, seconds: int, lease: int, sentence: str | None = None) -> None:
    """As `check_everywhere`, taking `lease` tries at a time: each process may spend at most that many too many.

    Raises `TooMany` (with `sentence`).
    """
    if not source:
        return
    if spend_leased(what, source):
        return
    lease = max(1, min(lease, times))
    now = clock.now().timestamp()
    check_everywhere(what, source, times=max(1, times // lease), seconds=seconds, sentence=sentence)
    with _lock:
        _remember(_leases, (what, source), (lease - 1, now + seconds))


def spend_leased(what: str, source: str) -> bool:
    """Spend a try of the share that `check_leased` took, without asking anybody; False when none is left of it."""
    with _lock:
        left, until = _leases.get((what, source), (0, 0.0))
        if left <= 0 or clock.now().timestamp() >= until:
            return False
        _remember(_leases, (what, source), (left - 1, until))
        return True


def sweep() -> int:
    """Forget in the database the sources that were quiet long enough; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM kit_pace WHERE until < to_timestamp(%s)", [clock.now().timestamp()])
        return int(cursor.rowcount)


def forget() -> None:
    """Empty what this process remembers; for tests."""
    with _lock:
        _windows.clear()
        _refused.clear()
        _leases.clear()


def _count(what: str, source: str, now: float, times: int, seconds: int) -> float | None:
    """Count once; None when there was room, else the instant from which there is room again."""
    # A digest: the table holds no address of anybody.
    key = f"{what}:{hashlib.blake2s(source.encode('utf-8', 'replace'), digest_size=12).hexdigest()}"
    facts: dict[str, str | float] = {
        "key": key,
        "now": now,
        "since": now - seconds,
        "until": now + seconds,
        "times": times,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, facts)
        if cursor.fetchone():
            return None
        cursor.execute(_OLDEST, facts)
        oldest = cursor.fetchone()[0]
    return now + 1 if oldest is None else float(oldest) + seconds


def _remember(memory: OrderedDict[tuple[str, str], T], key: tuple[str, str], value: T) -> None:
    memory[key] = value
    memory.move_to_end(key)
    while len(memory) > _MAX_SOURCES:
        memory.popitem(last=False)
