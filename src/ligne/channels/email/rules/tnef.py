"""winmail.dat: the files and the text that Outlook wraps in its own format (TNEF). Pure; whatever is broken is skipped.

Layout from Microsoft's [MS-OXTNEF]: a signature, a key, then attributes (level, tag, length, data, checksum); MAPI
properties inside the attributes attMAPIProps and attAttachment.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from ligne.channels.email.rules.words import clean, clean_line, decode, note

SIGNATURE = 0x223E9F78
_ATTACHMENT_BEGINS, _ATTACHMENT_NAME, _ATTACHMENT_DATA, _ATTACHMENT_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
_BODY, _MESSAGE_PROPERTIES, _CODEPAGE = 0x800C, 0x9003, 0x9007
_PR_BODY, _PR_RTF, _PR_HTML, _PR_DATA = 0x1000, 0x1009, 0x1013, 0x3701
_PR_NAME, _PR_SHORT_NAME, _PR_MIME, _PR_CONTENT_ID = 0x3707, 0x3704, 0x370E, 0x3712
_FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
MAX_FILES = 200
MAX_PROPERTIES = 2000


@dataclass(slots=True)
class File:
    """One attached file."""

    name: str = ""
    content_type: str = ""
    content_id: str = ""
    content: bytes = b""


@dataclass(slots=True)
class Unwrapped:
    """What the wrapper held."""

    text: str = ""
    html: str = ""
    files: list[File] = field(default_factory=list)


def unwrap(data: bytes, defects: list[str]) -> Unwrapped | None:
    """Read a TNEF stream; None when it is none. A stream cut short gives what came before the cut."""
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != SIGNATURE:
        note(defects, "tnef_unreadable")
        return None
    out = Unwrapped()
    charset = "cp1252"
    position = 6
    while position + 9 <= len(data):
        tag, _, length = struct.unpack_from("<HHI", data, position + 1)
        position += 9
        if position + length > len(data):
            note(defects, "tnef_truncated")
            break
        value = data[position : position + length]
        position += length + 2
        if tag == _CODEPAGE and length >= 4:
            charset = f"cp{struct.unpack_from('<I', value)[0]}"
        else:
            _attribute(out, tag, value, charset, defects)
    out.files = [f for f in out.files if f.content or f.name]
    return out


def _attribute(out: Unwrapped, tag: int, value: bytes, charset: str, defects: list[str]) -> None:
    if tag == _BODY and not out.text:
        out.text = _words(value, charset, defects)
    elif tag == _MESSAGE_PROPERTIES:
        _message(out, _properties(value, charset, defects), charset, defects)
    elif tag == _ATTACHMENT_BEGINS:
        if len(out.files) < MAX_FILES:
            out.files.append(File())
        else:
            note(defects, "too_many_attachments")
    elif out.files:
        file = out.files[-1]
        if tag == _ATTACHMENT_NAME:
            file.name = file.name or clean_line(_words(value, charset, defects))
        elif tag == _ATTACHMENT_DATA:
            file.content = value
        elif tag == _ATTACHMENT_PROPERTIES:
            _attachment(file, _properties(value, charset, defects))


def _message(out: Unwrapped, properties: dict[int, str | bytes], charset: str, defects: list[str]) -> None:
    body = properties.get(_PR_BODY)
    if isinstance(body, str) and body:
        out.text = clean(body)
    html = properties.get(_PR_HTML)
    if html:
        out.html = decode(html, charset, defects) if isinstance(html, bytes) else html
    rtf = properties.get(_PR_RTF)
    if isinstance(rtf, bytes) and not out.text and not out.html:
        plain = expand_rtf(rtf)
        if plain:
            out.files.insert(0, File("message.rtf", "application/rtf", "", plain))


def _attachment(file: File, properties: dict[int, str | bytes]) -> None:
    def words(key: int) -> str:
        value = properties.get(key)
        return clean_line(value) if isinstance(value, str) else ""

    file.name = words(_PR_NAME) or file.name or words(_PR_SHORT_NAME)
    file.content_type = words(_PR_MIME).lower()
    file.content_id = words(_PR_CONTENT_ID)
    data = properties.get(_PR_DATA)
    if isinstance(data, bytes) and not file.content:
        file.content = data


def _words(value: bytes, charset: str, defects: list[str]) -> str:
    return clean(decode(value.rstrip(b"\x00"), charset, defects))


def _properties(data: bytes, charset: str, defects: list[str]) -> dict[int, str | bytes]:
    """The strings and binaries of a MAPI property list, by identifier; stops quietly where it makes no sense."""
    found: dict[int, str | bytes] = {}
    try:
        count, position = struct.unpack_from("<I", data)[0], 4
        for _ in range(min(count, MAX_PROPERTIES)):
            kind, key = struct.unpack_from("<HH", data, position)
            position += 4
            if key >= 0x8000:
                position = _skip_name(data, position)
            many, kind = bool(kind & 0x1000), kind & 0x0FFF
            if kind in _FIXED and not many:
                position += _FIXED[kind]
                continue
            values = struct.unpack_from("<I", data, position)[0]
            position += 4
            for _ in range(min(values, MAX_PROPERTIES)):
                if kind in _FIXED:
                    position += _FIXED[kind]
                    continue
                length = struct.unpack_from("<I", data, position)[0]
                value = data[position + 4 : position + 4 + length]
                position += 4 + length + (-length % 4)
                found.setdefault(key, _typed(kind, value, charset, defects))
    except struct.error:
        note(defects, "tnef_truncated")
    return found


def _skip_name(data: bytes, position: int) -> int:
    """Past the GUID and the number or name of a named property."""
    if struct.unpack_from("<I", data, position + 16)[0] == 0:
        return position + 24
    length: int = struct.unpack_from("<I", data, position + 20)[0]
    return position + 24 + length + (-length % 4)


def _typed(kind: int, value: bytes, charset: str, defects: list[str]) -> str | bytes:
    if kind == 0x1F:
        return value.decode("utf-16-le", "replace").rstrip("\x00")
    if kind == 0x1E:
        return decode(value.rstrip(b"\x00"), charset, defects)
    return value[16:] if kind == 0x0D else value  # an object begins with its interface's identifier


_RTF_START = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern "
    rb"\fscript \fdecor MS Sans SerifSymbol"
    rb"ArialTimes New RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n" + rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
MAX_RTF = 5_000_000


def expand_rtf(data: bytes) -> bytes:
    """RTF out of Outlook's compressed form ([MS-OXRTFCP]); b"" when it is not that."""
    if len(data) < 16:
        return b""
    raw_size, kind = struct.unpack_from("<I4s", data, 4)
    if kind == b"MELA":
        return data[16 : 16 + raw_size]
    if kind != b"LZFu":
        return b""
    window = bytearray(_RTF_START.ljust(4096, b"\x00"))
    write = len(_RTF_START)
    out = bytearray()
    position, size = 16, len(data)
    limit = min(raw_size, MAX_RTF)
    while position < size and len(out) < limit:
        flags = data[position]
        position += 1
        for bit in range(8):
            if position >= size or len(out) >= limit:
                break
            chunk: bytes | bytearray
            if not flags >> bit & 1:
                chunk = data[position : position + 1]
                position += 1
            else:
                pair = int.from_bytes(data[position : position + 2], "big")
                position += 2
                start, length = pair >> 4, (pair & 0xF) + 2
                if start == write % 4096:
                    return bytes(out)
                copied = chunk = bytearray()
                for offset in range(length):  # the copy may read what it has just written
                    letter = window[(start + offset) % 4096]
                    window[(write + offset) % 4096] = letter
                    copied.append(letter)
            for offset, letter in enumerate(chunk):
                window[(write + offset) % 4096] = letter
            write += len(chunk)
            out += chunk
    return bytes(out)
