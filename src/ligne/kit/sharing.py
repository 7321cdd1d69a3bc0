"""Whether every host sees the same files: each leaves a mark in the folder of files, and looks for the others'."""

from __future__ import annotations

import contextlib
import socket
import time
from pathlib import Path

from django.conf import settings

from ligne.kit import clock
from ligne.kit.models import Heartbeat

# Backups pass over names that begin like this, as over drafts.
_PREFIX = "tmp-seen-by-"
_OFTEN_S = 10.0
# Clocks of hosts and of a file server differ by less.
_FRESH_S = 120.0


def mark() -> None:
    """Leave this host's mark; cheap to call every few seconds. A folder that cannot be written is told elsewhere."""
    path = _path(socket.gethostname())
    with contextlib.suppress(OSError):
        if not path.exists() or path.stat().st_mtime < time.time() - _OFTEN_S:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch()


def hosts() -> dict[str, bool]:
    """The hosts heard within 30 s, and whether each one's mark lies in the folder that this host sees."""
    heard = Heartbeat.objects.filter(at__gte=clock.ago(seconds=30)).values_list("instance", flat=True)
    return {name: _is_fresh(name) for name in sorted({instance.rpartition(":")[0] for instance in heard})}


def _path(host: str) -> Path:
    return Path(settings.FILES_ROOT) / f"{_PREFIX}{host}"


def _is_fresh(host: str) -> bool:
    try:
        return _path(host).stat().st_mtime > time.time() - _FRESH_S
    except OSError:
        return False
