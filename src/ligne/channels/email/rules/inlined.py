"""What older and special formats put inside the text: format=flowed, uuencoded files, calendars. Pure and linear."""

from __future__ import annotations

import binascii
import re

from ligne.channels.email.rules.words import clean_line, note

_BEGIN = re.compile(rb"begin [0-7]{3,4} ([^\r\n]{1,200})")
MAX_FILES = 100


def unflow(text: str, *, delete_space: bool) -> str:
    """Join the soft lines of RFC 3676, never across a change of quoting depth nor over a signature line."""
    out: list[str] = []
    open_depth: int | None = None
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ")
        soft = content.endswith(" ") and content != "-- "
        kept = content[:-1] if soft and delete_space else content
        if open_depth == depth and content != "-- ":
            out.append(kept)
        else:
            out.append(("\n" if out else "") + (">" * depth + " " if depth else "") + kept)
        open_depth = depth if soft else None
    return "".join(out)


def uuencoded(data: bytes, defects: list[str]) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Take files written as `begin 644 name … end` out of a text: (the text without them, [(name, content)])."""
    if b"begin " not in data or b"end" not in data:
        return data, []
    text: list[bytes] = []
    files: list[tuple[str, bytes]] = []
    lines = data.split(b"\n")
    last_end = max((i for i, line in enumerate(lines) if line.strip() == b"end"), default=-1)
    index = 0
    while index < len(lines):
        begin = _BEGIN.fullmatch(lines[index].rstrip(b"\r ")) if index < last_end and len(files) < MAX_FILES else None
        if begin is None:
            text.append(lines[index])
            index += 1
            continue
        content, after = _uu_lines(lines, index + 1, defects)
        if after is None:
            text.append(lines[index])
            index += 1
        else:
            files.append((clean_line(begin[1].decode("utf-8", "replace")), content))
            index = after
    return b"\n".join(text), files


def _uu_lines(lines: list[bytes], index: int, defects: list[str]) -> tuple[bytes, int | None]:
    """The decoded lines up to `end` and the index after it; None when this is no uuencoded file after all."""
    content: list[bytes] = []
    while index < len(lines):
        line = lines[index].rstrip(b"\r\n")
        if line.strip() == b"end":
            return b"".join(content), index + 1
        if len(line) > 90:
            return b"", None
        try:
            content.append(binascii.a2b_uu(line))
        except binascii.Error:
            if not content:
                return b"", None
            note(defects, "uuencode_broken")
        index += 1
    return b"", None


def calendar_line(text: str) -> str:
    """An invitation on one line ("Agenda : Point mensuel - 01/12/2026 10:00 - Salle bleue"); "" when there is none."""
    facts: dict[str, str] = {}
    within = False
    for line in _unfolded(text[:200_000]):
        name, _, value = line.partition(":")
        key = name.partition(";")[0].strip().upper()
        if key == "BEGIN" and value.strip().upper() == "VEVENT":
            within = True
        elif key == "END" and value.strip().upper() == "VEVENT":
            break
        elif within or key == "METHOD":
            facts.setdefault(key, value)
    parts = [
        _ics_text(facts.get("SUMMARY", "")),
        _ics_date(facts.get("DTSTART", "")),
        _ics_text(facts.get("LOCATION", "")),
    ]
    said = " - ".join(part for part in parts if part)
    if not said:
        return ""
    head = "Agenda (annulation)" if facts.get("METHOD", "").strip().upper() == "CANCEL" else "Agenda"
    return f"{head} : {said}"


def _unfolded(text: str) -> list[str]:
    lines: list[str] = []
    for line in text.split("\n"):
        if line[:1] in (" ", "\t") and lines:
            lines[-1] += line[1:] if len(lines[-1]) < 5000 else ""
        else:
            lines.append(line)
    return lines


def _ics_text(value: str) -> str:
    plain = value.replace("\\n", " ").replace("\\N", " ").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")
    return clean_line(plain)[:300]


_STAMP = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})\d{0,2}(Z?))?")


def _ics_date(value: str) -> str:
    found = _STAMP.fullmatch(value.strip()[:20])
    if found is None:
        return ""
    day = f"{found[3]}/{found[2]}/{found[1]}"
    return f"{day} {found[4]}:{found[5]}{' UTC' if found[6] else ''}" if found[4] else day
