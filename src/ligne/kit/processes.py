"""Processes of this machine: one holder of a folder, children that do not outlive their parent, who is alive.

Linux answers every question through /proc; elsewhere the answers are coarser and the callers stay correct, only less
thorough about what a crash left behind.
"""

from __future__ import annotations

import ctypes
import fcntl
import gc
import os
import signal
import sys
from pathlib import Path

LINUX = sys.platform == "linux"
_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
# Loaded here and not in the child: between fork and exec nothing may be imported.
_libc = ctypes.CDLL(None, use_errno=True) if LINUX else None


class Held(Exception):
    """Another process holds the lock; `pid` is its number when it could be read, else 0."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"held by process {pid}")
        self.pid = pid


class Hold:
    """A file that one living process holds; the kernel lets go of it when that process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def take(self) -> None:
        """Hold the file and write our number into it. Raises `Held`."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            text = os.read(descriptor, 20).decode(errors="replace").strip()
            os.close(descriptor)
            raise Held(int(text) if text.isdigit() else 0) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor

    def let_go(self) -> None:
        """Release the file; releasing twice is harmless."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def die_with(parent: int, number: int = signal.SIGTERM) -> None:
    """In a fresh child of `parent`: receive signal `number` when the parent ends, even by kill -9 (Linux)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # it ended before we asked
            os.kill(os.getpid(), number)


def name_this(name: str) -> None:
    """Show `name` (15 bytes) in `ps` and `top` for this process (Linux)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_NAME, name.encode()[:15], 0, 0, 0)


def state(pid: int) -> str:
    """ "alive", "zombie" (ended, its parent has not noticed) or "gone"."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return "gone"
    except PermissionError:
        pass
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2]
    except OSError:
        return "gone" if LINUX else "alive"
    return "zombie" if after_name.split()[0] in {"Z", "X"} else "alive"


def working_in(folder: Path) -> list[int]:
    """Living processes whose working directory is `folder` and that we may look at (Linux; elsewhere none)."""
    if not LINUX:
        return []
    target = folder.stat()
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            there = os.stat(f"/proc/{entry}/cwd")
        except OSError:
            continue
        if (there.st_dev, there.st_ino) == (target.st_dev, target.st_ino):
            found.append(int(entry))
    return found


def program(pid: int) -> str:
    """The short name of what process `pid` runs, "" when it cannot be known."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def collect_seldom() -> None:
    """Have Python look for cycles seldom, and not among what is there already, which stays.

    A request, or a batch of an import, makes more objects than Python lets pass before it looks; they all go with it.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
