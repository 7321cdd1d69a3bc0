"""CSV files come in few pieces, whole."""

from __future__ import annotations

import csv
import io

from ligne.kit import csvfiles


def test_a_file_is_the_same_in_pieces() -> None:
    rows = [[str(n), 'd’une "ligne"; à l’autre\n', n] for n in range(5000)]
    found = list(csvfiles.pieces(rows))
    assert 1 < len(found) < 10
    text = b"".join(found).decode("utf-8-sig")
    assert [*csv.reader(io.StringIO(text, newline=""), delimiter=";")] == [[a, b, str(c)] for a, b, c in rows]


def test_nothing_is_a_file_too() -> None:
    assert b"".join(csvfiles.pieces([])) == b"\xef\xbb\xbf"


def test_what_is_no_character_costs_no_line() -> None:
    assert b"".join(csvfiles.pieces([["a\udc80", "b"]], ",")) == "\ufeffa?,b\r\n".encode()
