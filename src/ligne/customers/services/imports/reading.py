"""Files as people make them (CSV of any separator and encoding, XLSX), read as a stream of lines."""

from __future__ import annotations

import csv
import re
import zipfile
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ligne.customers.errors import UnreadableFile
from ligne.customers.rules import columns
from ligne.kit.errors import Invalid
from ligne.kit.text import N_

SEPARATORS = (";", ",", "\t", "|")
_BROKEN = re.compile("[\udc80-\udcff]")  # bytes that were no characters
# A quoted cell may hold line breaks; one that runs on longer than this was never closed.
LONGEST_CELL_LINES = 20
LONGEST_LINE = 200_000
LARGEST_UNPACKED = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Row:
    """Line `number` of the file (the header is 1): its cells, or why they could not be told apart."""

    number: int
    cells: list[str]
    wrong: Invalid | None = None


@dataclass(slots=True)
class Table:
    """An open file: its header, which of its columns we know, about how many lines follow, and those lines."""

    header: list[str]
    known: dict[int, str]
    total: int
    rows: Iterator[Row]

    @property
    def ignored(self) -> list[str]:
        """Headers that mean nothing to us."""
        return [h for i, h in enumerate(self.header) if i not in self.known and h.strip()]


def open_table(path: Path) -> Table:
    """Open a CSV or XLSX file. Raises `UnreadableFile` when it is neither, is empty, or has no column we know."""
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise UnreadableFile(N_("This file is empty. Nothing was imported."))
    if start.startswith(b"PK"):
        return _xlsx(path)
    if start.startswith((b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise UnreadableFile(
            N_("This is not a CSV or XLSX file. Save it as “XLSX” or “CSV UTF-8” and try again. Nothing was imported.")
        )
    return _csv(path)


def _csv(path: Path) -> Table:
    encoding, total = _survey(path)
    lines = _lines(path, encoding)
    first = next((text for _, text in lines if text.strip()), "").lstrip("\ufeff")
    header, separator = max(
        ((_cells(first, sep), sep) for sep in SEPARATORS),
        key=lambda pair: (len(columns.known(pair[0])), len(pair[0])),
    )
    header = _readable(header)
    found = _columns(header)
    return Table(header, found, max(0, total - 1), _records(lines, separator, len(header)))


def _survey(path: Path) -> tuple[str, int]:
    """(encoding, number of lines). UTF-8 unless most of its accented lines are not: then what Excel writes in France.

    One broken line in a good file must not turn every accent of the others into signs: it is refused alone.
    """
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(0)
        if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return "utf-16", sum(1 for raw in file if raw.strip(b"\x00"))
        good = bad = total = 0
        for raw in file:
            total += 1
            if raw.isascii():
                continue
            try:
                raw.decode("utf-8")
                good += 1
            except UnicodeDecodeError:
                bad += 1
    return ("cp1252" if bad > good else "utf-8"), total


def _lines(path: Path, encoding: str) -> Iterator[tuple[int, str]]:
    """(number, text) of the physical lines; bytes that mean nothing become surrogates, found again later."""
    with path.open(encoding=encoding, errors="surrogateescape", newline="") as file:
        number = 0
        while text := file.readline(LONGEST_LINE):
            number += 1
            yield number, text.rstrip("\r\n")


def _cells(text: str, separator: str) -> list[str]:
    """The cells of one record. Raises csv.Error."""
    return next(csv.reader([text], delimiter=separator, strict=True), [])


def _records(lines: Iterator[tuple[int, str]], separator: str, width: int) -> Iterator[Row]:
    """Records of one or several physical lines. A quote left open costs its own line, not the rest of the file."""
    again: deque[tuple[int, str]] = deque()
    while True:
        first = again.popleft() if again else next(lines, None)
        if first is None:
            return
        number, text = first
        if not text.strip():
            continue
        taken: list[tuple[int, str]] = []
        while text.count('"') % 2 and len(taken) < LONGEST_CELL_LINES:
            following = again.popleft() if again else next(lines, None)
            if following is None:
                break
            taken.append(following)
            text += "\n" + following[1]
        row = _row(number, text, separator, width)
        if row.wrong is not None and taken:
            again.extendleft(reversed(taken))
            row = Row(number, _roughly(first[1], separator), _never_closed())
        yield row


def _row(number: int, text: str, separator: str, width: int) -> Row:
    try:
        if text.count('"') % 2:
            raise csv.Error
        cells = _cells(text, separator)
    except csv.Error:
        return Row(number, _roughly(text, separator), _never_closed())
    if not text.isascii() and _BROKEN.search(text):
        wrong = Invalid(N_("Some characters of this line cannot be read. Save the file as “CSV UTF-8”."))
        return Row(number, _readable(cells), wrong)
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    if len(cells) != width:
        wrong = Invalid(
            N_(
                "This line has %(found)s cells where the header has %(expected)s: "
                "it is cut short, or a separator is wrong."
            ),
            found=len(cells),
            expected=width,
        )
        return Row(number, cells, wrong)
    return Row(number, cells)


def _never_closed() -> Invalid:
    return Invalid(N_("A quotation mark on this line is never closed, or stands in the middle of a cell."))


def _roughly(text: str, separator: str) -> list[str]:
    return _readable(text[:LONGEST_LINE].split(separator))


def _readable(cells: list[str]) -> list[str]:
    """The cells without what a database or another program could not keep."""
    return [cell.replace("\x00", "").encode("utf-8", "replace").decode("utf-8") for cell in cells]


def _xlsx(path: Path) -> Table:
    import openpyxl  # half a second that only a spreadsheet is worth

    try:
        with zipfile.ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > LARGEST_UNPACKED:
                raise UnreadableFile(N_("This file is too large once unpacked. Nothing was imported."))
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        values = sheet.iter_rows(values_only=True)
        header = [_text(v) for v in next(values, ())]
    except UnreadableFile:
        raise
    except Exception as error:  # a damaged archive fails in any of a dozen ways
        raise UnreadableFile(
            N_("This XLSX file is damaged or incomplete. Nothing was imported; please export it again.")
        ) from error
    return Table(header, _columns(header), max(0, (sheet.max_row or 1) - 1), _sheet_rows(values, len(header)))


def _sheet_rows(values: Iterator[tuple[Any, ...]], width: int) -> Iterator[Row]:
    number = 1
    while True:
        number += 1
        try:
            row = next(values, None)
        except Exception:  # the sheet ends in the middle of its XML
            wrong = Invalid(N_("The file ends here: what follows cannot be read."))
            yield Row(number, [], wrong)
            return
        if row is None:
            return
        cells = [_text(v) for v in row[:width]]
        if any(cells):
            yield Row(number, cells + [""] * (width - len(cells)))


def _text(value: Any) -> str:
    """A cell as text: dates as ISO, whole numbers without decimals."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _columns(header: list[str]) -> dict[int, str]:
    found = columns.known(header)
    if not found:
        raise UnreadableFile(
            N_("No column of this file is known: its first line reads “%(line)s”. Nothing was imported."),
            line=_readable([" | ".join(header)])[0][:120],
        )
    return found
