"""Reading header fields: encoded words, addresses, dates, identifiers, parameters. Pure, linear, never failing."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote_to_bytes

from ligne.channels.email.rules.parsed import Address
from ligne.channels.email.rules.words import clean_line, decode, note

MAX_HEADER = 64 * 1024
MAX_FIELDS = 1000
MAX_ADDRESSES = 500
MAX_REFERENCES = 100

_ENCODED = re.compile(r"=\?([A-Za-z0-9_.:+-]{1,40})(?:\*[A-Za-z-]{0,20})?\?([QqBb])\?([^?]*)\?=")
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:(.*)", re.DOTALL)
_ID = re.compile(r"<([^<>\s]{1,900})>")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")


@dataclass(slots=True)
class Headers:
    """The fields of one part in order: (name in lower case, unfolded value as raw bytes)."""

    fields: list[tuple[str, bytes]] = field(default_factory=list)

    def raw(self, name: str) -> bytes:
        """The first field called `name`, b"" when there is none."""
        return next((value for key, value in self.fields if key == name), b"")

    def all(self, name: str) -> list[bytes]:
        """Every field called `name`."""
        return [value for key, value in self.fields if key == name]

    def has(self, name: str) -> bool:
        """Whether there is such a field."""
        return any(key == name for key, _ in self.fields)

    def text(self, name: str) -> str:
        """The first field called `name`, decoded, on one line."""
        return clean_line(decode_words(self.raw(name), []))

    def token(self, name: str) -> str:
        """The first word of a field in lower case ("auto-replied" of "Auto-Replied; owner=x")."""
        words = self.text(name).lower().replace(";", " ").split()
        return words[0] if words else ""


def split(data: bytes, defects: list[str]) -> tuple[Headers, bytes]:
    """The head and the body of a part. A first line that is no field, nor a continuation, ends the head."""
    headers = Headers()
    position, size = 0, len(data)
    if data.startswith((b"From ", b">From ")):  # an mbox's separator
        position = _after_line(data, 0)
    while position < size:
        end = _after_line(data, position)
        line = data[position:end].rstrip(b"\r\n")
        if not line.strip():
            # RFC 5322 ends the head at an empty line; one of blanks only is somebody's broken folding of it.
            return headers, data[end:]
        if line[:1] in b" \t" and headers.fields:
            name, value = headers.fields[-1]
            if len(value) < MAX_HEADER:
                headers.fields[-1] = (name, value + b" " + line.strip())
        else:
            found = _FIELD.fullmatch(line[: MAX_HEADER + 200])
            if found is None:
                note(defects, "head_ends_without_blank_line")
                return headers, data[position:]
            if len(headers.fields) < MAX_FIELDS:
                headers.fields.append((found[1].decode("ascii").lower(), found[2].strip()))
            else:
                note(defects, "too_many_header_fields")
        if end - position > MAX_HEADER:
            note(defects, "header_too_long")
        position = end
    return headers, b""


def _after_line(data: bytes, start: int) -> int:
    end = data.find(b"\n", start)
    return len(data) if end < 0 else end + 1


def decode_words(raw: bytes, defects: list[str]) -> str:
    """A field's value with its RFC 2047 words decoded, also those split in the middle of a letter."""
    text = raw[:MAX_HEADER].decode("utf-8", "surrogateescape")
    if any("\udc80" <= c <= "\udcff" for c in text):
        text = decode(raw[:MAX_HEADER], "", defects)
    out: list[str] = []
    pending: tuple[str, bytes] | None = None
    position = 0
    for found in _ENCODED.finditer(text):
        between = text[position : found.start()]
        charset, payload = found[1].lower(), _word_bytes(found[2], found[3], defects)
        if pending is not None and not between.strip() and pending[0] == charset:
            pending = (charset, pending[1] + payload)
        else:
            if pending is not None:
                out.append(decode(pending[1], pending[0], defects))
                between = between if between.strip() else ""
            out.append(between)
            pending = (charset, payload)
        position = found.end()
    if pending is not None:
        out.append(decode(pending[1], pending[0], defects))
    out.append(text[position:])
    return "".join(out)


def _word_bytes(encoding: str, payload: str, defects: list[str]) -> bytes:
    data = payload.encode("utf-8", "surrogateescape")
    if encoding in "qQ":
        return _HEX.sub(lambda m: bytes([int(m[1], 16)]), data.replace(b"_", b" "))
    return base64_bytes(data, defects)


_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")


def base64_bytes(data: bytes, defects: list[str]) -> bytes:
    """Base64 as it comes: foreign characters skipped, missing padding made up, a lone last letter dropped."""
    letters = _NOT_BASE64.sub(b"", data)
    if len(letters) % 4 == 1:
        note(defects, "base64_broken")
        letters = letters[:-1]
    try:
        return base64.b64decode(letters + b"=" * (-len(letters) % 4))
    except (binascii.Error, ValueError):  # pragma: no cover - letters only, padded
        note(defects, "base64_broken")
        return b""


def addresses(raws: list[bytes], defects: list[str]) -> list[Address]:
    """The mailboxes of address fields, groups opened. What has no address is left out and said."""
    found: list[Address] = []
    for raw in raws:
        for name, address in _mailboxes(raw[:MAX_HEADER].decode("utf-8", "surrogateescape")):
            if len(found) >= MAX_ADDRESSES:
                note(defects, "too_many_addresses")
                return found
            readable = clean_line(decode_words(name.encode("utf-8", "surrogateescape"), defects)).strip("\"' ")
            mailbox = clean_address(address, defects)
            if mailbox:
                found.append(Address(readable, mailbox))
            elif readable or address:
                note(defects, "address_unreadable")
    return found


def clean_address(address: str, defects: list[str]) -> str:
    """`local@domain` with the domain in lower case, or "" when it is not an address."""
    address = clean_line(decode_words(address.encode("utf-8", "surrogateescape"), defects)).replace(" ", "")
    local, at, domain = address.strip("<>'\",;:").rpartition("@")
    if not at or not local or not domain or len(address) > 254 or "@" in local.strip('"'):
        return ""
    return f"{local}@{domain.lower().rstrip('.')}"


def _mailboxes(text: str) -> list[tuple[str, str]]:
    """Pairs of display name and address, by one pass over the characters."""
    reader = _MailboxReader()
    for character in text:
        reader.read(character)
    reader.end()
    return reader.found


class _MailboxReader:
    """States of an address list: plain words, a quoted string, an angle address, a (nested) comment."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.angle: list[str] | None = None
        self.address = ""
        self.comment: list[str] = []
        self.depth = 0
        self.quoted = self.escaped = self.in_angle = False

    def read(self, c: str) -> None:
        if self.escaped:
            self.escaped = False
            self._keep(c)
        elif c == "\\" and (self.quoted or self.depth):
            self.escaped = True
        elif c == '"' and not self.depth:
            self.quoted = not self.quoted
            if self.in_angle:
                self._keep(c)
        elif self.quoted:
            self._keep(c)
        elif c == "(" and not self.in_angle:
            self.depth += 1
        elif c == ")" and self.depth:
            self.depth -= 1
        elif self.depth:
            self._keep(c)
        else:
            self._plain(c)

    def _plain(self, c: str) -> None:
        if c == "<":
            self.in_angle, self.angle = True, []
        elif c == ">" and self.in_angle:
            self.in_angle = False
            self.address = "".join(self.angle or [])
        elif c in ",;" and not self.in_angle:
            self._flush(at_comma=c == ",")
        elif c == ":" and not self.in_angle and "@" not in "".join(self.words[-100:]):
            self.words = []  # a group's name: its members follow
        else:
            self._keep(c)

    def _keep(self, c: str) -> None:
        if self.depth:
            self.comment.append(c)
        elif self.in_angle and self.angle is not None:
            self.angle.append(c)
        else:
            self.words.append(c)

    def _flush(self, *, at_comma: bool) -> None:
        words = "".join(self.words).strip()
        if at_comma and words and not self.address and "@" not in words:
            self.words.append(", ")  # an unquoted "Dupont, Anne <anne@…>"
            return
        if self.address:
            self.found.append((words or "".join(self.comment), self.address))
        elif words:
            self.found.append(("".join(self.comment), words) if "@" in words else (words, ""))
        self.words, self.angle, self.address, self.comment = [], None, "", []

    def end(self) -> None:
        if self.in_angle:  # never closed
            self.address = "".join(self.angle or [])
        self._flush(at_comma=False)


def identifiers(raw: bytes) -> list[str]:
    """Message-IDs without their brackets, the last hundred; a bare one is taken as it stands."""
    text = clean_line(raw[:MAX_HEADER].decode("utf-8", "replace"))
    found = _ID.findall(text)
    if not found:
        bare = text.strip("<> ")
        found = [bare] if bare and " " not in bare and len(bare) <= 900 else []
    unique = list(dict.fromkeys(found))
    return unique[:1] + unique[1:][-(MAX_REFERENCES - 1) :]


_COMMENT = re.compile(r"\([^()]*\)")


def date_of(raw: bytes, defects: list[str]) -> datetime | None:
    """The Date field with its offset (UTC when it has none); None when unreadable or outside 1990-2100."""
    text = _COMMENT.sub(" ", clean_line(raw[:200].decode("ascii", "replace")))
    if not text.strip():
        return None
    try:
        date: datetime | None = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        date = _iso(text)
    if date is None:
        note(defects, "date_unreadable")
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    try:
        seconds = abs((date.utcoffset() or date - date).total_seconds())
        sane = 1990 <= date.year <= 2100 and seconds <= 15 * 3600
        return _noted(date.astimezone(date.tzinfo) if sane else None, defects)
    except (ValueError, OverflowError):
        return _noted(None, defects)


def _noted(date: datetime | None, defects: list[str]) -> datetime | None:
    if date is None:
        note(defects, "date_out_of_range")
    return date


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class ContentType:
    """A Content-Type or Content-Disposition: its value in lower case, its parameters decoded (RFC 2231 too)."""

    value: str
    parameters: dict[str, str]

    def get(self, name: str) -> str:
        """The parameter `name`, "" when absent."""
        return self.parameters.get(name, "")


_PIECE = re.compile(r"(?P<name>[^*]{1,60})(?:\*(?P<number>\d{1,3}))?(?P<encoded>\*)?")


def parametrised(raw: bytes, defects: list[str]) -> ContentType:
    """Read `value; name=value; name*=utf-8''v%C3%A9; name*0="…"; name*1="…"`."""
    text = raw[: MAX_HEADER // 4].decode("utf-8", "surrogateescape")
    pieces = _semicolons(text)
    value = clean_line(pieces[0]).lower() if pieces else ""
    plain: dict[str, str] = {}
    parts: dict[str, dict[int, tuple[str, bool]]] = {}
    for piece in pieces[1:200]:
        key, equals, content = piece.partition("=")
        found = _PIECE.fullmatch(key.strip().lower())
        if not equals or found is None:
            continue
        content = content.strip()
        if found["number"] is None and not found["encoded"]:
            plain.setdefault(found["name"], content)
        else:
            numbered = parts.setdefault(found["name"], {})
            numbered.setdefault(int(found["number"] or 0), (content, bool(found["encoded"])))
    read = {k: clean_line(decode_words(v.encode("utf-8", "surrogateescape"), defects)) for k, v in plain.items()}
    read |= {name: clean_line(_joined(numbered, defects)) for name, numbered in parts.items()}
    return ContentType(value, read)


def _semicolons(text: str) -> list[str]:
    """Split at semicolons outside quotes, quotes taken away."""
    pieces: list[list[str]] = [[]]
    quoted = escaped = False
    for c in text:
        if escaped:
            # Windows paths in file names carry backslashes that escape nothing.
            pieces[-1].append(c if c in '"\\' else "\\" + c)
            escaped = False
        elif quoted and c == "\\":
            escaped = True
        elif c == '"':
            quoted = not quoted
        elif c == ";" and not quoted:
            pieces.append([])
        else:
            pieces[-1].append(c)
    return ["".join(piece) for piece in pieces]


def _joined(numbered: dict[int, tuple[str, bool]], defects: list[str]) -> str:
    charset, data = "", b""
    for index, number in enumerate(sorted(numbered)):
        content, encoded = numbered[number]
        if encoded and index == 0 and content.count("'") >= 2:
            charset, _, content = content.split("'", 2)
        raw = content.encode("utf-8", "surrogateescape")
        data += unquote_to_bytes(raw) if encoded else raw
    return decode(data, charset, defects)
