"""Bytes to words: charsets that lie, and characters that deceive the eye or the database. Pure.

Every regular expression here is linear in its input: a mail is written by anybody.
"""

from __future__ import annotations

import codecs
import re

# Encodings of text only: Python also knows "zip" or "rot13", and some (punycode) take quadratic time.
_TEXT_CODECS_LISTED = (
    "ascii utf-8 utf-8-sig utf-7 utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be big5 big5hkscs gb2312 gbk "
    "gb18030 hz euc_jp euc_jis_2004 euc_kr cp949 johab shift_jis shift_jis_2004 cp932 iso2022_jp iso2022_jp_1 "
    "iso2022_jp_2 iso2022_kr koi8-r koi8-u tis-620 mac-roman mac-cyrillic ptcp154 "
    "cp437 cp720 cp737 cp775 cp850 cp852 cp855 cp857 cp858 cp860 cp861 cp862 cp863 cp864 cp865 cp866 cp869 cp874 "
    "cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258"
)
_TEXT_CODECS = frozenset(_TEXT_CODECS_LISTED.split()) | {f"iso8859-{n}" for n in range(1, 17)}

_ALIASES = {
    "unknown-8bit": "ascii",
    "default": "ascii",
    "x-unknown": "ascii",
    "ansi": "cp1252",
    "x-ansi": "cp1252",
    "windows1252": "cp1252",
    "x-cp1252": "cp1252",
    "x-sjis": "cp932",
    "x-gbk": "gbk",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "utf8mb4": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "ks_c_5601-1987": "cp949",
}

# Controls (except tab and newline), bidirectional overrides and isolates, zero-width and soft hyphens, specials.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
# Joiners mean something between letters of some scripts and inside emoji, nothing beside Latin letters.
_STRAY_JOINER = re.compile("[\u200c\u200d](?=[\x00-\u058f]|$)|(?<![\u0590-\U0010ffff])[\u200c\u200d]")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")


def codec_named(charset: str) -> str | None:
    """Python's name of a declared charset; None when nobody knows it or it is not one of text."""
    wanted = charset.strip().strip("\"'").lower()[:60]
    wanted = _ALIASES.get(wanted, wanted)
    try:
        name = codecs.lookup(wanted).name
    except (LookupError, ValueError, UnicodeError):
        return None
    return name if name in _TEXT_CODECS else None


def decode(data: bytes, charset: str, defects: list[str]) -> str:
    """`data` as text: as declared when that is true, else as the bytes themselves suggest. Never fails."""
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) and len(data) % 2 == 0:
        return data.decode("utf-16", "replace")
    name = codec_named(charset) if charset else "ascii"
    if name is None:
        note(defects, f"charset_unknown: {clean_line(charset)[:40]}")
        return _guess(data)
    if name in ("ascii", "cp1252", "iso8859-1", "iso8859-15"):
        return _decode_western(data, name, charset, defects)
    try:
        return data.decode(name)
    except (UnicodeError, ValueError):
        note(defects, f"charset_wrong: {name}")
    if name.startswith("utf-8"):
        return _guess(data)
    return data.decode(name, "replace")


def _decode_western(data: bytes, name: str, charset: str, defects: list[str]) -> str:
    """8-bit Western text, which is utf-8 in disguise whenever it happens to be valid utf-8."""
    if data.isascii():
        return data.decode("ascii")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        if name == "ascii":
            note(defects, "charset_wrong: ascii" if charset else "charset_missing")
            return _guess(data)
        return data.decode("iso8859-15") if name == "iso8859-15" else _cp1252(data)
    note(defects, f"charset_wrong: {name}" if charset else "charset_missing")
    return text


def _guess(data: bytes) -> str:
    """utf-8, also when a few bytes of it are broken; else Windows' Western letters."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    letters = len(text) - len(text.encode("ascii", "ignore")) - broken
    return text if letters > 2 * broken else _cp1252(data)


def _cp1252(data: bytes) -> str:
    """Windows-1252, its five holes filled as every reader fills them."""
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return "".join(bytes([b]).decode("cp1252", "replace") if b >= 0x80 else chr(b) for b in data)


def clean(text: str, defects: list[str] | None = None) -> str:
    """Text for people and for the database: newlines as \\n, nothing invisible, nothing that turns the line around."""
    if defects is not None:
        if "\x00" in text:
            note(defects, "null_characters")
        if _BIDI.search(text):
            note(defects, "bidi_controls")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return _STRAY_JOINER.sub("", _INVISIBLE.sub("", text))


def clean_line(text: str) -> str:
    """As `clean`, on one line, spaces folded: for subjects, names, file names."""
    return " ".join(clean(text).split())


def note(defects: list[str], defect: str) -> None:
    """Write a defect down once; a mail cannot make the list long."""
    if defect not in defects and len(defects) < 50:
        defects.append(defect)
