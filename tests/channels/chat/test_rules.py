"""The chat's pure rules."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from ligne.channels.chat.rules import files, silence, transcript

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)


def archive(**entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in entries.items():
            made.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


def office(folder: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr(f"{folder}/document.xml", "<x/>")
    return out.getvalue()


def open_document(kind: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}", zipfile.ZIP_STORED)
        made.writestr("content.xml", "<x/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "extension"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 30, ".png"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 30, ".jpg"),
        (b"GIF89a....", ".gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ....", ".webp"),
        (b"\0\0\0\x18ftypheic", ".heic"),
        (b"%PDF-1.7\n", ".pdf"),
        (office("word"), ".docx"),
        (office("xl"), ".xlsx"),
        (open_document("text"), ".odt"),
        (open_document("spreadsheet"), ".ods"),
        ("Bonjour, l’été".encode(), ".txt"),
    ],
)
def test_a_file_is_known_by_its_content(content: bytes, extension: str) -> None:
    found = files.recognise(content)
    assert found is not None
    assert found[1] == extension


@pytest.mark.parametrize(
    "content",
    [
        b"<script>alert(1)</script>",
        b"  \n<!doctype html><html>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"#!/bin/sh\nrm -rf /",
        b"{\\rtf1 hello}",
        b"MZ\x90\0\x03",
        b"\x7fELF",
        archive(evil_dot_exe=b"MZ"),
        office("word").replace(b"document.xml", b"vbaProject.x"),
        "Bonjour".encode("utf-16"),
        b"\0\0\0",
    ],
)
def test_markup_programs_and_unknown_archives_are_refused(content: bytes) -> None:
    assert files.recognise(content) is None


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("facture.pdf", "facture.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\anne\\ma facture.exe", "ma facture.pdf"),
        ('<img src=x onerror="1">.pdf', "img src_x onerror_1.pdf"),
        ("", "fichier.pdf"),
        ("...", "fichier.pdf"),
        ("é" * 300, "é" * 116 + ".pdf"),
    ],
)
def test_a_file_name_keeps_nothing_odd(given: str, kept: str) -> None:
    assert files.safe_name(given, ".pdf") == kept


@pytest.mark.parametrize(
    ("seen", "gone", "answered", "expected"),
    [
        (0, None, False, "stay"),
        (89, None, False, "stay"),
        (90, None, False, "gone"),
        (90, None, True, "gone"),
        (200, 59, False, "stay"),
        (200, 60, False, "over"),
        (700, 60, True, "stay"),
        (700, 599, True, "stay"),
        (700, 600, True, "over"),
    ],
)
def test_silence(seen: int, gone: int | None, answered: bool, expected: str) -> None:
    gone_at = None if gone is None else NOW - timedelta(seconds=gone)
    sign = silence.Sign(NOW - timedelta(seconds=seen), gone_at, answered)
    assert silence.step(sign, NOW) == expected


def test_a_transcript_tells_who_said_what_and_names_files() -> None:
    lines = [transcript.Line("14 h 05", "Anne", "Bonjour"), transcript.Line("14 h 06", "Nadia", "", ("plan.pdf",))]
    assert transcript.write("Copie.", lines, "Le service") == (
        "Copie.\n\n14 h 05 — Anne\nBonjour\n\n14 h 06 — Nadia\n[plan.pdf]\n\nLe service\n"
    )
