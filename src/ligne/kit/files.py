"""Files kept once per content under the data folder, named by their SHA-256."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import BinaryIO

from django.conf import settings


def path_of(sha256: str) -> Path:
    """Where the content of that digest lies."""
    return Path(settings.FILES_ROOT) / sha256[:2] / sha256


def store(content: bytes) -> str:
    """Keep `content` durably (synced, renamed into place) and return its SHA-256; the same content is kept once."""
    digest = hashlib.sha256(content).hexdigest()
    target = path_of(digest)
    if target.exists():
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
