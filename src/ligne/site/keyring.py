"""The centre's key: where it lies, which it is, what keeps it from others.

The key is LIGNE_SECRET_KEY, else the file `secret_key` of the data folder, readable by its owner alone. While another
takes its place, the one before stands in `secret_key.before` (or LIGNE_SECRET_KEY_BEFORE) and still opens what it
sealed.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

NAME, BEFORE = "secret_key", "secret_key.before"


def before(home: Path) -> list[str]:
    """Keys that are no longer ours and still open what they sealed."""
    given = os.environ.get("LIGNE_SECRET_KEY_BEFORE", "")
    path = home / BEFORE
    kept = path.read_text().strip() if path.exists() else ""
    return [key for key in (given, kept) if key]


def fingerprint(key: str) -> str:
    """Which key it is, without telling it."""
    return hashlib.sha256(f"ligne.key:{key}".encode()).hexdigest()[:16]


def derived(purpose: str, key: str) -> str:
    """A secret for one purpose between processes of the centre, the same on each host that has the key."""
    return hashlib.sha256(f"ligne.derived:{purpose}:{key}".encode()).hexdigest()


def write(path: Path, key: str) -> None:
    """Put `key` into `path` durably, readable by its owner alone; the file is there whole or not at all."""
    draft = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        handle.write(key.strip())
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(path)


def modes(home: Path) -> list[str]:
    """What in the data folder others than its owner may read and should not: names, sorted."""
    private = (NAME, BEFORE, "demo_password")
    found = [name for name in private if (home / name).exists() and (home / name).stat().st_mode & 0o077]
    files = home / "files"
    if files.exists() and files.stat().st_mode & 0o007 and home.stat().st_mode & 0o001:
        found.append("files")
    return sorted(found)
