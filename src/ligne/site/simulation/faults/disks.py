"""Small disks that can be filled: file systems in memory, mounted where only this process and its children see them."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
from collections.abc import Iterator
from pathlib import Path

_NEWNS, _REC, _PRIVATE, _DETACH = 0x00020000, 0x4000, 1 << 18, 2
FILES_BYTES, HOME_BYTES = 96 * 1024 * 1024, 768 * 1024 * 1024
_FILLER = "filler"


def make(home: Path) -> bool:
    """Give `home` a small disk, and another for its files; False where mounting is not allowed."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "unshare") or libc.unshare(_NEWNS) or libc.mount(b"none", b"/", None, _REC | _PRIVATE, None):
        return False
    for place, size in ((home, HOME_BYTES), (home / "files", FILES_BYTES)):
        place.mkdir(mode=0o755, exist_ok=True)
        options = f"size={size},mode=755".encode()
        if libc.mount(b"tmpfs", os.fsencode(place), b"tmpfs", 0, options):
            return False
    return True


def drop(home: Path) -> None:
    """Let go of the disks of `home`."""
    libc = ctypes.CDLL(None)
    for place in (home / "files", home):
        libc.umount2(os.fsencode(place), _DETACH)


@contextlib.contextmanager
def full(place: Path) -> Iterator[None]:
    """Fill the disk that holds `place` to its last byte, and free it again."""
    filler = place / _FILLER
    block = b"\0" * (64 * 1024)
    with filler.open("wb", buffering=0) as out:
        for size in (len(block), 4096, 1):
            try:
                while True:
                    out.write(block[:size])
            except OSError as problem:
                if problem.errno != errno.ENOSPC:
                    raise
    try:
        yield
    finally:
        filler.unlink(missing_ok=True)
