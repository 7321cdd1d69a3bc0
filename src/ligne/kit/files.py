"""Files kept once per content under the data folder, named by their SHA-256.

Whoever keeps the digest of a file says so in `holders`: what nobody holds any more can go.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from ligne.kit import antivirus, filetypes
from ligne.kit.registry import Registry

# digests -> those of them that the app holds.
Holder = Callable[[Collection[str]], set[str]]
holders: Registry[Holder] = Registry("holders of files")
# A file stored again so lately may be held by a transaction that is not over, seconds.
JUST_STORED_S = 60


def path_of(sha256: str) -> Path:
    """Where the content of that digest lies."""
    return Path(settings.FILES_ROOT) / sha256[:2] / sha256


def store(content: bytes) -> str:
    """Keep `content` durably (synced, renamed into place) and return its SHA-256; the same content is kept once."""
    digest = hashlib.sha256(content).hexdigest()
    target = path_of(digest)
    if target.exists():
        os.utime(target)  # wanted again: not to be discarded now
        return digest
    Path(settings.FILES_ROOT).mkdir(mode=0o700, parents=True, exist_ok=True)
    target.parent.mkdir(exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as temporary:
            temporary.write(content)
            temporary.flush()
            os.fsync(temporary.fileno())
        Path(name).rename(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return digest


def open_stored(sha256: str) -> BinaryIO:
    """The stored content, to read. Raises FileNotFoundError."""
    return path_of(sha256).open("rb")


def warning_of(content: bytes, filename: str = "", announced: str = "") -> str:
    """What to beware of in a file, as `ligne.kit.filetypes` names it; "" when nothing was seen. Asks the virus scanner
    when there is one: not to be called inside a transaction that holds locks."""
    if antivirus.harm_in(content):
        return filetypes.VIRUS
    return filetypes.judge(content, filename, announced).warning


def discard(digests: Collection[str]) -> int:
    """Delete those of these files that nobody holds; returns how many. To be called once it is committed that its
    caller holds them no more."""
    held = set().union(*(holder(digests) for holder in holders)) if digests else set()
    gone = 0
    for digest in set(digests) - held:
        path = path_of(digest)
        if path.exists() and path.stat().st_mtime < time.time() - JUST_STORED_S:
            path.unlink(missing_ok=True)
            gone += 1
    return gone
