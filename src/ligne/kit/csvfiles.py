"""CSV files as a spreadsheet opens them: UTF-8 with its mark, in pieces large enough to be worth sending."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

# Every piece of an answer goes from the thread that makes it to the one that sends it, which costs as much as a hundred
# lines: a file handed on line by line takes three times as long.
_PIECE = 64 * 1024  # characters


def pieces(rows: Iterable[Iterable[object]], separator: str = ";") -> Iterator[bytes]:
    """`rows` written one after the other; no more than a piece of the file is held at a time."""
    held = io.StringIO()
    held.write("\ufeff")
    writer = csv.writer(held, delimiter=separator)
    for row in rows:
        writer.writerow(row)
        if held.tell() >= _PIECE:
            yield held.getvalue().encode("utf-8", "replace")
            held.seek(0)
            held.truncate()
    yield held.getvalue().encode("utf-8", "replace")
