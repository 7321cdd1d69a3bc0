"""Every open line of this process, and what is told to them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable

import structlog

from ligne.kit.live import ACCESS
from ligne.site import metrics
from ligne.site.live import line as lines
from ligne.site.live.line import Line
from ligne.site.live.ring import Pushes, Ring

log = structlog.get_logger("ligne.live")

# Boards (`floor:` topics) change at every contact: they are told once a second at most.
BOARD_S = 1.0
_BOARDS = "floor:"


class Hub:
    """The open lines by topic. Everything here runs in one event loop and never waits."""

    def __init__(self, on_access: Callable[[int], None] = lambda user_id: None) -> None:
        self.ring = Ring()
        self.lines: set[Line] = set()
        self.closing = False
        self._on_access = on_access
        self._by_topic: dict[str, set[Line]] = {}
        self._boards: dict[str, set[str]] = {}
        self._boards_told = 0.0
        self._boards_due: asyncio.TimerHandle | None = None

    # -- lines -------------------------------------------------------------------------------------------------------

    def join(self, line: Line, last_id: str) -> None:
        """Open `line`, whose rights are known, with what it missed since `last_id`."""
        missed = self.ring.since(last_id, line.topics, time.time())
        if missed is None:
            first = self.resync()
        else:
            boards = self._board_of(line) if last_id else b""
            first = missed + boards + f"event: hello\ndata: null\nid: {self.ring.mark}\n\n".encode()
        self.lines.add(line)
        for topic in line.topics:
            self._by_topic.setdefault(topic, set()).add(line)
        metrics.live_connections.set(len(self.lines))
        line.open(lines.retry(len(self.lines)) + first)

    def leave(self, line: Line) -> None:
        """The line has ended."""
        if line not in self.lines:
            return
        self.lines.discard(line)
        for topic in line.topics:
            followers = self._by_topic.get(topic, set())
            followers.discard(line)
            if not followers:
                self._by_topic.pop(topic, None)
        metrics.live_connections.set(len(self.lines))

    def of_user(self, user_id: int) -> set[Line]:
        """The lines of one person's pages."""
        return self._by_topic.get(f"user:{user_id}", set())

    def people(self) -> list[int]:
        """Whose pages are open."""
        return sorted({line.user_id for line in self.lines if line.user_id is not None})

    def close(self) -> None:
        """End every line; each page comes back at a moment of its own."""
        self.closing = True
        if self._boards_due is not None:
            self._boards_due.cancel()
        for line in list(self.lines):
            line.give(lines.retry(len(self.lines)) + b"\n")
            line.end()

    # -- telling -----------------------------------------------------------------------------------------------------

    def hear(self, words: str) -> None:
        """Take the words of one NOTIFY, a mark and its pushes, and tell the pages they concern."""
        mark, _, payload = words.partition(" ")
        pushes = read(payload)
        if pushes and not self.ring.knows(mark):
            self.tell(mark, pushes)

    def tell(self, mark: str, pushes: Pushes) -> None:
        """Tell what one transaction said."""
        kept = []
        for topic, name, data in pushes:
            if topic.startswith(_BOARDS):
                self._boards.setdefault(name, set()).add(topic)
            elif name == ACCESS:
                self._on_access(int(topic.partition(":")[2]))
            else:
                kept.append((topic, name, data))
        if self._boards:
            self._plan_boards()
        told = self.ring.tell(mark, kept, time.time())
        self.deliver(told.wires)

    def deliver(self, wires: dict[str, bytes]) -> None:
        """Put each topic's bytes on the lines that follow it."""
        for topic, wire in wires.items():
            for line in self._by_topic.get(topic, ()):
                line.give(wire)
        metrics.live_events.inc(len(wires))

    def resync(self) -> bytes:
        """What makes a page ask for everything again."""
        return lines.resync(self.ring.mark, len(self.lines))

    def ask_all_again(self) -> None:
        """Nobody knows what was missed: every page asks for everything again, each in its own time."""
        for line in list(self.lines):
            line.give(self.resync())

    # -- boards ------------------------------------------------------------------------------------------------------

    def _plan_boards(self) -> None:
        if self._boards_due is None:
            wait = max(0.0, self._boards_told + BOARD_S - time.monotonic())
            self._boards_due = asyncio.get_running_loop().call_later(wait, self._tell_boards)

    def _tell_boards(self) -> None:
        self._boards_due = None
        self._boards_told = time.monotonic()
        waiting, self._boards = self._boards, {}
        for name, topics in waiting.items():
            wire = _board(name, topics)
            for line in set().union(*(self._by_topic.get(topic, ()) for topic in topics)):
                line.give(wire)

    def _board_of(self, line: Line) -> bytes:
        """Boards are not kept: a page that comes back asks for its own."""
        floors = [topic for topic in line.topics if topic.startswith(_BOARDS)]
        return _board("board", floors) if floors else b""


def _board(name: str, topics: Iterable[str]) -> bytes:
    principals = sorted(int(topic.partition(":")[2]) for topic in topics)
    return f"event: {name}\ndata: {json.dumps({'principals': principals})}\n\n".encode()


def read(payload: str) -> list[tuple[str, str, object]]:
    """The pushes of one payload; nothing when it cannot be read."""
    try:
        return [(str(topic), str(name), data) for topic, name, data in json.loads(payload)]
    except (ValueError, TypeError):
        log.warning("live.unreadable")
        return []
