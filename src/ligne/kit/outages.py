"""A lost database, a full disk: told by name, so that everybody refuses instead of losing."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError

from ligne.kit.errors import NoRoom, Unavailable
from ligne.kit.text import N_

# Below this, writes fail one after the other: files are written beside each other, and the database needs some too.
RESERVE_BYTES = 16 * 1024 * 1024
_FULL = {errno.ENOSPC, errno.EDQUOT}
# Whether an action whose answer was lost had been kept, nobody can know at this moment.
DATABASE = N_(
    "The centre cannot reach its database at this moment. Try again in a moment; after an action, look first whether "
    "it was kept."
)


def of(problem: BaseException | None) -> Unavailable | None:
    """The outage behind an error, as an error for people; None when it is something else."""
    for error in _causes(problem):
        if isinstance(error, Unavailable):
            return error
        if isinstance(error, psycopg.errors.DiskFull) or (isinstance(error, OSError) and error.errno in _FULL):
            return NoRoom()
    # A primary that was demoted refuses to write until its successor is found.
    lost = (OperationalError, InterfaceError, psycopg.errors.ReadOnlySqlTransaction)
    return Unavailable(DATABASE) if any(isinstance(error, lost) for error in _causes(problem)) else None


def _causes(problem: BaseException | None) -> Iterator[BaseException]:
    while problem is not None:
        yield problem
        problem = problem.__cause__


def free_bytes() -> int:
    """Room left where files are kept and, when it is ours, where the database is."""
    places = (Path(settings.FILES_ROOT), Path(settings.HOME) / "pg", Path(settings.HOME))
    there = {next(folder for folder in (place, *place.parents) if folder.exists()) for place in places}
    return min(shutil.disk_usage(folder).free for folder in there)


def need_room(size: int) -> None:
    """Raises `NoRoom` when `size` bytes more would fill the disk: refusing is better than accepting and failing."""
    if free_bytes() < size + RESERVE_BYTES:
        raise NoRoom
