"""What a file is, by its bytes, and what to beware of in it. Pure: nothing is unpacked, run or believed.

Names and announced types are what a stranger claims. The bytes decide; a claim only adds suspicion, as when a program
calls itself an invoice. Containers are judged by the table at their end, whose size bounds the work.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from dataclasses import dataclass

from ligne.kit.text import N_

PROGRAM, ACTIVE, MACRO, BOMB, DISGUISED, ENORMOUS, VIRUS = (
    "program", "active", "macro", "bomb", "disguised", "enormous", "virus",
)  # fmt: skip
# What is said beside the file, from the gravest.
WARNINGS = {
    VIRUS: N_("A virus was found in this file. It is kept and not handed out."),
    PROGRAM: N_("This file is a program. Do not open it unless you know why it was sent."),
    BOMB: N_("This archive unpacks to an enormous size. Do not open it."),
    MACRO: N_("This document holds macros, which are programs. Do not enable them."),
    ACTIVE: N_("This file can run scripts when it is opened."),
    DISGUISED: N_("This file is not what its name says."),
    ENORMOUS: N_("This picture is enormous once opened; it could freeze your computer."),
}

# Beyond this, a picture is not decoded by a desk without harm: pixels, and pixels along one side.
MOST_PIXELS, LONGEST_SIDE = 80_000_000, 30_000
# An archive that swells more than this, past this size, is a bomb.
MOST_SWELLING, SWOLLEN_BYTES = 100, 200 * 1024**2
_LARGEST_DIRECTORY = 2 * 1024**2
_LOOKED_AT = 64 * 1024

_PROGRAM_NAMES = frozenset(
    """
    ade adp app appx apk bat chm cmd com cpl deb dll dmg exe gadget hta img inf ins iso isp jar jnlp js jse lib lnk mde
    msc msi msix msp mst nsh ocx pif pl ps1 ps1xml ps2 psc1 py rb reg rpm scf scr sct sh shb sys vb vbe vbs vhd vhdx vxd
    ws wsc wsf wsh xll desktop url website library-ms one settingcontent-ms
    """.split()  # noqa: SIM905 - read as a list of words
)
_MACRO_NAMES = frozenset("docm dotm xlsm xltm xlam xlsb pptm potm ppam ppsm sldm".split())  # noqa: SIM905
_ACTIVE_NAMES = frozenset("htm html xhtml mht mhtml shtml svg svgz xml xsl xslt swf".split())  # noqa: SIM905
_MAGIC = (
    (0, b"MZ", "application/x-msdownload"),
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"\xca\xfe\xba\xbe", "application/x-executable"),
    (0, b"\xcf\xfa\xed\xfe", "application/x-executable"),
    (0, b"\xce\xfa\xed\xfe", "application/x-executable"),
    (0, b"dex\n", "application/x-executable"),
    (0, b"\0asm", "application/x-executable"),
    (0, b"L\0\0\0\x01\x14\x02\0", "application/x-ms-shortcut"),
    (0, b"#!", "text/x-script"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBPVP8", "image/webp"),
    (4, b"ftyp", "image/heic-or-video"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\0", "application/x-xz"),
    (0, b"FWS", "application/x-shockwave-flash"),
    (0, b"CWS", "application/x-shockwave-flash"),
)
_PROGRAMS = frozenset(
    {"application/x-msdownload", "application/x-executable", "application/x-ms-shortcut", "text/x-script"}
)
# The kinds that a name may announce without lying.
_ANNOUNCES = {
    "pdf": {"application/pdf"},
    "png": {"image/png", "image/jpeg", "image/gif", "image/webp"},
    "zip": {"application/zip"},
    "docx": {"application/zip"},
    "doc": {"application/x-ole-storage", "application/rtf", "application/zip"},
    "txt": {"text/plain"},
} | {"rtf": {"application/rtf", "text/plain"}}
_ANNOUNCES |= dict.fromkeys(("jpg", "jpeg", "gif", "webp"), _ANNOUNCES["png"])
_ANNOUNCES |= dict.fromkeys(("xlsx", "pptx", "odt", "ods", "odp"), _ANNOUNCES["docx"])
_ANNOUNCES |= dict.fromkeys(("xls", "ppt"), _ANNOUNCES["doc"])
_MARKUP = re.compile(
    rb"<(?:!doctype|html|head|body|script|svg|iframe|object|embed|form|meta|link|img|\?xml|x?html:|[a-z]+:script)[\s>/!]?",
    re.IGNORECASE,
)
_REVERSED = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")


@dataclass(frozen=True, slots=True)
class Judgement:
    """`kind`: the media type that the bytes have. `warning`: one of the words above, "" for none."""

    kind: str
    warning: str


def judge(content: bytes, filename: str = "", announced: str = "") -> Judgement:
    """What the file is and the gravest thing to beware of."""
    kind = recognise(content)
    for warning in _warnings(content, kind, filename, announced):
        return Judgement(kind, warning)
    return Judgement(kind, "")


def recognise(content: bytes) -> str:
    """The media type of the bytes; "text/html" for any markup that a browser would run, "text/plain" for other text."""
    for at, magic, kind in _MAGIC:
        if content[at : at + len(magic)] == magic:
            return kind
    start = content[:_LOOKED_AT]
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        start = start.decode("utf-16", "ignore").encode()
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\f\0")
    if found := _MARKUP.search(start):
        # At the beginning it is a document; further on, a browser that guesses types would still see one.
        return "text/html" if found.start() < 1024 else "text/plain"
    if b"\0" in start:
        return "application/octet-stream"
    return "text/plain" if content else "application/x-empty"


def extension(filename: str) -> str:
    """The last extension, in lower case, without what hides it: spaces and dots at the end, marks of direction."""
    name = _REVERSED.sub("", filename).rstrip(" .\0").lower()
    return name.rpartition(".")[2] if "." in name else ""


def _warnings(content: bytes, kind: str, filename: str, announced: str) -> list[str]:
    named = extension(filename)
    found = []
    if kind in _PROGRAMS or named in _PROGRAM_NAMES:
        found.append(PROGRAM)
    found += _in_container(content, kind)
    if named in _MACRO_NAMES:
        found.append(MACRO)
    if kind in {"text/html", "application/x-shockwave-flash"} or named in _ACTIVE_NAMES or _runs(content, kind):
        found.append(ACTIVE)
    if "html" in announced.lower() or "svg" in announced.lower():
        found.append(ACTIVE)
    if _REVERSED.search(filename) or (named in _ANNOUNCES and kind not in _ANNOUNCES[named] and content):
        found.append(DISGUISED)
    width, height = dimensions(content, kind)
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        found.append(ENORMOUS)
    return sorted(set(found), key=list(WARNINGS).index)


def _runs(content: bytes, kind: str) -> bool:
    """Whether a PDF says openly that it runs or starts something. (One that hides it is a virus scanner's business.)"""
    return kind == "application/pdf" and any(word in content for word in (b"/JavaScript", b"/JS ", b"/JS(", b"/Launch"))


def _in_container(content: bytes, kind: str) -> list[str]:
    if kind == "application/x-ole-storage":
        return [MACRO] if "_VBA_PROJECT".encode("utf-16-le") in content or b"Attribut\0e VB_" in content else []
    if kind != "application/zip":
        return []
    entries = _entries(content)
    if entries is None:
        return [BOMB]
    found = []
    total, packed = sum(e.file_size for e in entries), sum(e.compress_size for e in entries)
    if total > SWOLLEN_BYTES and total > MOST_SWELLING * max(1, packed):
        found.append(BOMB)
    names = [entry.filename.lower() for entry in entries]
    if any(name.endswith(("vbaproject.bin", "macrosheets/sheet1.xml")) for name in names):
        found.append(MACRO)
    if any(name.startswith(("basic/", "scripts/")) for name in names) and "mimetype" in names:
        found.append(MACRO)
    if any(extension(name) in _PROGRAM_NAMES for name in names):
        found.append(PROGRAM)
    return found


def _entries(content: bytes) -> list[zipfile.ZipInfo] | None:
    """The archive's table of contents; [] when it is damaged, None when the table itself is a flood."""
    at = content.rfind(b"PK\x05\x06", max(0, len(content) - 66_000))
    if at >= 0 and len(content) >= at + 22:
        (size,) = struct.unpack_from("<I", content, at + 12)
        if size > _LARGEST_DIRECTORY:
            return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, struct.error):
        return []


def dimensions(content: bytes, kind: str) -> tuple[int, int]:
    """(width, height) in pixels that a picture announces; (0, 0) when it is none or says nothing."""
    try:
        if kind == "image/png":
            return struct.unpack_from(">II", content, 16)
        if kind == "image/gif":
            return struct.unpack_from("<HH", content, 6)
        if kind == "image/webp":
            return _webp(content)
        if kind == "image/jpeg":
            return _jpeg(content)
    except struct.error:
        pass
    return 0, 0


def _webp(content: bytes) -> tuple[int, int]:
    if content[12:16] == b"VP8X":
        return 1 + int.from_bytes(content[24:27], "little"), 1 + int.from_bytes(content[27:30], "little")
    if content[12:16] == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", content, 26)
    return width & 0x3FFF, height & 0x3FFF


def _jpeg(content: bytes) -> tuple[int, int]:
    """Walk the segments to the one that begins a frame."""
    at = 2
    for _ in range(1000):
        at = content.find(b"\xff", at)
        if at < 0 or at + 9 > len(content):
            break
        marker = content[at + 1]
        if marker in {0xFF, 0x00, 0x01} or 0xD0 <= marker <= 0xD8:
            at += 1 if marker == 0xFF else 2
            continue
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack_from(">HH", content, at + 5)
            return width, height
        (length,) = struct.unpack_from(">H", content, at + 2)
        at += 2 + length
    return 0, 0
