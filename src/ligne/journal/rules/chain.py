"""How entries are written down for hashing, and how seals follow one another. Pure.

Three digests, all SHA-256 in hexadecimal:

- personal: of the salt and the canonical JSON of an entry's personal fields. It stays in the entry when the fields are
  erased; the salt goes with them, so that nobody can guess a name back from it.
- entry: of everything the entry keeps for ever.
- seal: of the seal before, the window of transactions it covers, and the digests of its entries in order.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as it is hashed. `xid` is the transaction that wrote it, in the count of `cluster`."""

    id: int
    at: datetime
    kind: str
    actor_id: int | None
    actor_kind: str
    principal_id: int | None
    customer_id: int | None
    subject_type: str
    subject_id: int
    data: Mapping[str, Any]
    personal_digest: str
    cluster: int
    xid: int


@dataclass(frozen=True, slots=True)
class Window:
    """The transactions a seal covers: `from_xid` <= xid < `to_xid` in the count of `cluster`."""

    cluster: int
    from_xid: int
    to_xid: int


def plain(value: Any) -> Any:
    """`value` as JSON that PostgreSQL stores and gives back unchanged: no NUL, no lone surrogate, no infinity."""
    if isinstance(value, str):
        return _plain_text(value)
    if isinstance(value, float):
        return _plain_float(value)
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, Mapping):
        return {_plain_text(str(key)): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        inners = [plain(inner) for inner in value]
        return sorted(inners) if isinstance(value, set | frozenset) else inners
    if isinstance(value, date | Decimal):
        return value.isoformat() if isinstance(value, date) else str(value)
    raise TypeError(f"{type(value).__name__} is not a fact that can be journalled")


def _plain_text(text: str) -> str:
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "\ufffd").encode("utf-16", "replace").decode("utf-16")


def _plain_float(value: float) -> float | int | None:
    if not math.isfinite(value):
        return None
    # From 1e16 on Python writes an exponent and PostgreSQL gives an integer back; it knows no negative zero either.
    return int(value) if abs(value) >= 1e16 else value + 0.0


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, no spaces and ASCII only: the same bytes for the same value, everywhere."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def personal_digest(salt: str, fields: Mapping[str, Any]) -> str:
    """The digest kept in the entry for its personal `fields`; `salt` in hexadecimal."""
    return hashlib.sha256(bytes.fromhex(salt) + canonical(fields)).hexdigest()


def entry_digest(line: Line) -> bytes:
    """The digest of one entry, raw."""
    return hashlib.sha256(
        canonical(
            [
                line.id,
                line.at.astimezone(UTC).isoformat(),
                line.kind,
                line.actor_id,
                line.actor_kind,
                line.principal_id,
                line.customer_id,
                line.subject_type,
                line.subject_id,
                line.data,
                line.personal_digest,
                line.cluster,
                line.xid,
            ]
        )
    ).digest()


class SealDigest:
    """The running digest of a seal: made from what it follows and covers, fed its entries, then finished."""

    def __init__(self, previous: str, window: Window) -> None:
        self.count = 0
        self._sum = hashlib.sha256(
            canonical([previous, window.cluster, window.from_xid, window.to_xid]),
        )

    def add(self, lines: Iterable[Line]) -> None:
        """Take the next entries, in the order of their transactions and then of their ids."""
        for line in lines:
            self._sum.update(entry_digest(line))
            self.count += 1

    def finish(self) -> str:
        """The seal's digest."""
        self._sum.update(str(self.count).encode())
        return self._sum.hexdigest()
