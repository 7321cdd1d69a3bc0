"""What the customers' side knows: one JSON line for each thing the centre acknowledged, written before going on."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Ledger:
    """The customers' own account of what they sent; `path` None keeps it in memory only."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._lines: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def write(self, kind: str, **facts: Any) -> None:
        """Note that the centre acknowledged `kind` ("mail", "chat", "said")."""
        line = {"kind": kind, **facts}
        with self._lock:
            self._lines.append(line)
            if self.path is not None:
                with self.path.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(line, ensure_ascii=False) + "\n")

    def lines(self, kind: str) -> list[dict[str, Any]]:
        """What was noted of one kind."""
        with self._lock:
            return [line for line in self._lines if line["kind"] == kind]

    def count(self) -> dict[str, int]:
        """How many lines of each kind."""
        with self._lock:
            kinds = [line["kind"] for line in self._lines]
        return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a ledger kept in a file; a last line cut short by a crash is left out."""
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            return
