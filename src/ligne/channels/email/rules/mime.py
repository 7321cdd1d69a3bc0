"""The parts of a mail: found without recursion, within limits, whatever the bytes. Pure."""

from __future__ import annotations

import binascii
import quopri
import re
from dataclasses import dataclass, field

from ligne.channels.email.rules.headers import ContentType, Headers, base64_bytes, parametrised, split
from ligne.channels.email.rules.words import clean_line, note

MAX_PARTS = 1000
MAX_DEPTH = 30


@dataclass(slots=True)
class Leaf:
    """A part that holds no other: its head, its content decoded, and where it stands.

    `group`: parts with the same number are alternatives of one another. `related`: it belongs to the HTML beside it.
    """

    headers: Headers
    type: ContentType
    disposition: ContentType
    content: bytes = field(repr=False)
    group: int = 0
    related: bool = False

    @property
    def filename(self) -> str:
        """The name its sender gave it, made safe; "" when none."""
        return safe_name(self.disposition.get("filename") or self.type.get("name"))

    @property
    def content_id(self) -> str:
        """The name by which HTML shows it."""
        return self.headers.text("content-id").strip("<> ")


@dataclass(slots=True)
class _Pending:
    data: bytes
    depth: int
    group: int
    related: bool
    digest: bool = False


def leaves(data: bytes, defects: list[str]) -> tuple[Headers, ContentType, list[Leaf]]:
    """The mail's own head, its content type, and its leaf parts in reading order."""
    top: tuple[Headers, ContentType] | None = None
    out: list[Leaf] = []
    waiting = [_Pending(data, 0, 0, related=False)]
    parts = 0
    while waiting:
        pending = waiting.pop()
        parts += 1
        if parts > MAX_PARTS:
            note(defects, "too_many_parts")
            break
        headers, body = split(pending.data, defects)
        kind = _content_type(headers, pending, defects)
        top = top or (headers, kind)
        if kind.value.startswith("multipart/") and pending.depth >= MAX_DEPTH:
            note(defects, "too_deep")
        elif kind.value.startswith("multipart/"):
            pieces = _pieces(body, kind.get("boundary"), defects)
            if pieces is not None:
                waiting += reversed([_child(pending, kind.value, piece, parts) for piece in pieces])
                continue
            kind = ContentType("text/html" if body.lstrip()[:1] == b"<" else "text/plain", kind.parameters)
        out.append(_leaf(headers, kind, body, pending=pending, number=parts, defects=defects))
    headers, kind = top or (Headers(), ContentType("text/plain", {}))
    return headers, kind, out


def _content_type(headers: Headers, pending: _Pending, defects: list[str]) -> ContentType:
    raw = headers.raw("content-type")
    kind = parametrised(raw, defects)
    if not raw:
        return ContentType("message/rfc822" if pending.digest else "text/plain", {})
    if kind.value.count("/") != 1 or not all(kind.value.split("/")) or " " in kind.value:
        note(defects, "content_type_unreadable")
        return ContentType("text/plain" if kind.value in ("text", "") else "application/octet-stream", kind.parameters)
    return kind


def _child(parent: _Pending, kind: str, data: bytes, number: int) -> _Pending:
    group = number if kind == "multipart/alternative" else parent.group
    if kind in ("multipart/mixed", "multipart/report", "multipart/digest"):
        group = 0
    related = parent.related or kind == "multipart/related"
    return _Pending(data, parent.depth + 1, group, related, digest=kind == "multipart/digest")


def _leaf(
    headers: Headers, kind: ContentType, body: bytes, *, pending: _Pending, number: int, defects: list[str]
) -> Leaf:
    # RFC 2045 forbids encoding a message; those who do it anyway mean it.
    content = transfer_decoded(body, headers.token("content-transfer-encoding"), defects)
    disposition = parametrised(headers.raw("content-disposition"), defects)
    return Leaf(headers, kind, disposition, content, pending.group or -number, pending.related)


def transfer_decoded(body: bytes, encoding: str, defects: list[str]) -> bytes:
    """`body` out of its transfer encoding; as it stands when the encoding is unknown."""
    encoding = encoding.strip("\"'")
    if encoding in ("", "7bit", "8bit", "binary", "7-bit", "8-bit", "none"):
        return body
    if encoding == "base64":
        return base64_bytes(body, defects)
    if encoding == "quoted-printable":
        return quopri.decodestring(body)
    if encoding in ("x-uuencode", "uuencode", "x-uue"):
        return _uu_body(body, defects)
    note(defects, f"transfer_encoding_unknown: {clean_line(encoding)[:40]}")
    return body


def _uu_body(body: bytes, defects: list[str]) -> bytes:
    out: list[bytes] = []
    for line in body.split(b"\n"):
        text = line.rstrip(b"\r")
        if text.startswith((b"begin ", b"end")) or not text:
            continue
        try:
            out.append(binascii.a2b_uu(text))
        except binascii.Error:
            note(defects, "uuencode_broken")
    return b"".join(out)


_GUESS = re.compile(rb"(?:^|\n)--([^\s]{1,200})[ \t]*\r?\n(?=[Cc]ontent-)")


def _pieces(body: bytes, boundary: str, defects: list[str]) -> list[bytes] | None:
    """The bodies between boundary lines; None when there is no such line."""
    mark = boundary.encode("utf-8", "surrogateescape")[:300].rstrip()
    if not mark or b"--" + mark not in body:
        note(defects, "boundary_not_found" if mark else "boundary_missing")
        guessed = _GUESS.search(body)
        if guessed is None:
            return None
        mark = guessed[1]
    return _between(body, b"--" + mark, defects)


def _between(body: bytes, mark: bytes, defects: list[str]) -> list[bytes] | None:
    pieces: list[bytes] = []
    start: int | None = None
    closed = False
    position = body.find(mark)
    while position >= 0 and not closed:
        line_end = body.find(b"\n", position)
        line_end = len(body) if line_end < 0 else line_end + 1
        rest = body[position + len(mark) : min(line_end, position + len(mark) + 200)].strip()
        at_start = position == 0 or body[position - 1] in b"\r\n"
        if at_start and rest in (b"", b"--"):
            if start is not None:
                pieces.append(_without_last_newline(body[start:position]))
            start, closed = line_end, rest == b"--"
            if len(pieces) > MAX_PARTS:
                note(defects, "too_many_parts")
                return pieces
        position = body.find(mark, position + len(mark))
    if start is None:
        note(defects, "boundary_not_found")
        return None
    if not closed:
        note(defects, "multipart_truncated")
        if start < len(body):
            pieces.append(body[start:])
    return pieces


def _without_last_newline(piece: bytes) -> bytes:
    if piece.endswith(b"\r\n"):
        return piece[:-2]
    return piece[:-1] if piece.endswith((b"\n", b"\r")) else piece


_UNSAFE = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f]+')


def safe_name(name: str) -> str:
    """A file name that is only a name: no folders, no controls, at most 150 characters, its extension kept."""
    last = re.split(r"[/\\]", clean_line(name))[-1]
    plain = _UNSAFE.sub("_", last).strip(" .")
    if len(plain) <= 150:
        return plain
    stem, dot, extension = plain.rpartition(".")
    return f"{stem[:130]}{dot}{extension[:15]}" if dot else plain[:150]
