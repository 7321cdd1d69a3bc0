"""Which files a customer may hand over in a chat, known by their content and never by their name. Pure."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

MAX_BYTES = 10 * 1024 * 1024
# For people, in the refusal and in the widget.
KINDS = "PNG, JPEG, GIF, WebP, HEIC, PDF, DOCX, XLSX, ODT, ODS, TXT"
SHOWN_INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})

# (where, the bytes that stand there, what it then is)
_MAGIC = (
    (0, b"\x89PNG\r\n\x1a\n", ("image/png", ".png")),
    (0, b"\xff\xd8\xff", ("image/jpeg", ".jpg")),
    (0, b"GIF87a", ("image/gif", ".gif")),
    (0, b"GIF89a", ("image/gif", ".gif")),
    (8, b"WEBPVP8", ("image/webp", ".webp")),
    (4, b"ftypheic", ("image/heic", ".heic")),
    (4, b"ftypheix", ("image/heic", ".heic")),
    (4, b"ftypmif1", ("image/heic", ".heic")),
    (0, b"%PDF-", ("application/pdf", ".pdf")),
)
_OFFICE = {
    b"word/": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"),
    b"xl/": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"),
}
_OPEN_DOCUMENT = {
    b"application/vnd.oasis.opendocument.text": ".odt",
    b"application/vnd.oasis.opendocument.spreadsheet": ".ods",
}


def recognise(content: bytes) -> tuple[str, str] | None:
    """(media type, usual extension) of `content`, or None when it is not a kind we take."""
    for at, magic, found in _MAGIC:
        if content[at : at + len(magic)] == magic:
            return found
    if content.startswith(b"PK\x03\x04"):
        return _archive(content)
    return _text(content)


def _archive(content: bytes) -> tuple[str, str] | None:
    # OpenDocument names its type in the first entry, stored uncompressed
    for media_type, extension in _OPEN_DOCUMENT.items():
        if content[30:].startswith(b"mimetype" + media_type) and content[38 + len(media_type) :][:2] == b"PK":
            return media_type.decode(), extension
    if b"[Content_Types].xml" not in content or b"vbaProject" in content:
        return None
    return next((found for folder, found in _OFFICE.items() if folder in content), None)


def _text(content: bytes) -> tuple[str, str] | None:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if re.search(r"[\x00-\x08\x0b\x0e-\x1f\x7f]", text) or re.match(r"\s*(<|\{\\rtf|#!)", text):
        return None  # markup and scripts are not plain text, whatever they are called
    return "text/plain", ".txt"


def safe_name(filename: str, extension: str) -> str:
    """`filename` without folders or odd characters, at most 120 long, ending as its content demands."""
    name = PurePosixPath(filename.replace("\\", "/")).name
    stem = re.sub(r"[^\w .()\-]+", "_", name.rsplit(".", 1)[0]).strip(" ._") or "fichier"
    return stem[: 120 - len(extension)] + extension
