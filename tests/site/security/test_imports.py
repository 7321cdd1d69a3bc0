"""Spreadsheets made to explode: refused, nothing kept, in little memory."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from ligne.customers.errors import UnreadableFile
from ligne.customers.services.imports import reading

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a0 "lol">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    + ']><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row><c t="inlineStr">'
    "<is><t>&a11;</t></is></c></row></sheetData></worksheet>"
)
OUTSIDE = (
    '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row><c t="inlineStr">'
    "<is><t>nom &a;</t></is></c></row></sheetData></worksheet>"
)


def workbook(path: Path, **parts: str) -> Path:
    """An honest workbook with some of its parts replaced."""
    honest = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["nom", "prénom"])  # type: ignore[union-attr]
    book.save(honest)
    with zipfile.ZipFile(honest) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name in source.namelist():
            key = name.rpartition("/")[2].removesuffix(".xml")
            made.writestr(name, parts.get(key, source.read(name)))
    return path


def read(path: Path) -> str:
    """Everything that was read, or the words of the refusal."""
    try:
        table = reading.open_table(path)
        return str(table.header) + "".join(str(row.cells) for row in table.rows)
    except UnreadableFile as refused:
        return str(refused)


@pytest.mark.parametrize("part", ["sheet1", "workbook", "sharedStrings", "styles"])
def test_entities_do_not_multiply(tmp_path: Path, part: str) -> None:
    assert "lollol" not in read(workbook(tmp_path / "a.xlsx", **{part: LAUGHS}))


def test_an_entity_brings_no_file_of_ours(tmp_path: Path) -> None:
    assert "root:" not in read(workbook(tmp_path / "a.xlsx", sheet1=OUTSIDE))


def test_what_swells_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGEST_UNPACKED", 5_000_000)
    path = workbook(tmp_path / "a.xlsx", sheet1="<x>" + " " * 6_000_000 + "</x>")
    assert path.stat().st_size < 100_000
    monkeypatch.setattr(openpyxl, "load_workbook", None)  # not even tried
    with pytest.raises(UnreadableFile):
        reading.open_table(path)


def test_a_line_without_end_is_read_by_pieces(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"nom;ville\n" + b"a" * (3 * reading.LONGEST_LINE) + b"\n")
    assert all(sum(map(len, row.cells)) <= reading.LONGEST_LINE for row in reading.open_table(path).rows)
