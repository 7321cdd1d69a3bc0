"""Telling what somebody wrote now from the past they quote, in French and English. Pure and linear.

A line that introduces a quotation ("Le … a écrit :") is believed only in its usual shape. When cutting would leave
nothing (a mail forwarded without a word), nothing is cut.
"""

from __future__ import annotations

import re

_SPACE = "[ \t\xa0\u202f]*"
# "Le lun. 23 nov. 2026 à 09:12, Anne <a@x> a écrit :", "On Mon, … wrote:", "Am … schrieb …:", "2026-11-23 9:12, Anne:"
_WROTE = re.compile(
    rf"^(?:Le\b.{{3,300}}\ba{_SPACE}[ée]crit|On\b.{{3,300}}\bwrote|Am\b.{{3,300}}\bschrieb\b.{{0,120}}|"
    rf"El\b.{{3,300}}\bescribi[óo]\b.{{0,120}}|Il\b.{{3,300}}\bha scritto){_SPACE}:{_SPACE}$",
    re.IGNORECASE,
)
_WROTE_STARTS = re.compile(r"^(?:Le|On|Am|El|Il)\b[^\n]{3,}", re.IGNORECASE)
_ORIGINAL = re.compile(
    rf"^[-_\s]{{2,40}}(?:message d['’]origine|message original|original message|original appointment|"
    rf"reply message|ursprüngliche nachricht){_SPACE}[-_\s]{{2,40}}$",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    rf"^(?:[-_\s]{{2,40}}(?:forwarded message|message transf[ée]r[ée]|transf[ée]r[ée] par|forwarded by)\b.{{0,120}}|"
    rf"(?:begin forwarded message|d[ée]but du message (?:r[ée]exp[ée]di[ée]|transf[ée]r[ée])){_SPACE}:?{_SPACE})$",
    re.IGNORECASE,
)
_FROM = re.compile(
    rf"^[*_]{{0,2}}(?:De|From|Exp[ée]diteur|Von){_SPACE}[*_]{{0,2}}{_SPACE}:[*_]{{0,2}}.+", re.IGNORECASE
)
_SENT = re.compile(
    rf"^[*_]{{0,2}}(?:Envoy[ée](?: le)?|Sent|Date|Gesendet|[ÀA]|To|Objet|Subject|Cc){_SPACE}[*_]{{0,2}}{_SPACE}:",
    re.IGNORECASE,
)
_DATED = re.compile(rf"^[*_]{{0,2}}(?:Envoy[ée](?: le)?|Sent|Date|Gesendet){_SPACE}[*_]{{0,2}}{_SPACE}:", re.IGNORECASE)
_RULE = re.compile(r"^\s*_{10,}\s*$")
_DEVICE = re.compile(
    r"^(?:envoy[ée] (?:de|depuis) (?:mon|ma|l['’]|outlook|yahoo|orange|t[ée]l[ée]phone).{0,80}|sent from (?:my|outlook|"
    r"yahoo|mail for).{0,80}|t[ée]l[ée]charger outlook pour.{0,80}|get outlook for.{0,80})$",
    re.IGNORECASE,
)
_FORWARDED_SUBJECT = re.compile(r"^\s*(?:tr|fwd?|wg|i)\s*:", re.IGNORECASE)
MAX_LINE = 1000


def split(text: str, subject: str = "") -> tuple[str, str]:
    """`text` as (what was written now, the rest). Quoted lines between answers go to the rest as well."""
    lines = text.split("\n")
    if is_forward(subject):
        return _tidy(_without_signature(lines)), ""
    new: list[str] = []
    past: list[str] = []
    index = 0
    while index < len(lines):
        taken = _introduction(lines, index)
        if taken and _quoted_follows(lines, index + taken):
            past += lines[index : index + taken]
            index += taken
            continue
        if taken or _cuts(lines, index):
            past += lines[index:]
            break
        (past if lines[index].lstrip().startswith(">") else new).append(lines[index])
        index += 1
    written = _tidy(_without_signature(new))
    if not written:
        return _tidy(lines), ""
    return written, _tidy(past)


def is_forward(subject: str) -> bool:
    """Whether the subject says that an older mail is passed on: then that mail is the news."""
    return bool(_FORWARDED_SUBJECT.match(subject[:20]))


def _introduction(lines: list[str], index: int) -> int:
    """How many lines from `index` introduce a quotation: 1 to 4 when a program folded the sentence, else 0."""
    first = lines[index].strip()
    if not first or len(first) > MAX_LINE or not _WROTE_STARTS.match(first):
        return 0
    sentence = ""
    for count, line in enumerate(lines[index : index + 4], start=1):
        if not line.strip() or line.lstrip().startswith(">"):
            return 0
        sentence = f"{sentence} {line.strip()}".strip()
        if len(sentence) > MAX_LINE:
            return 0
        if _WROTE.match(sentence) and any(c.isdigit() or c == "@" for c in sentence):
            return count
    return 0


def _quoted_follows(lines: list[str], index: int) -> bool:
    """Whether the next line that says something is quoted with `>`."""
    following = next((line for line in lines[index : index + 5] if line.strip()), "")
    return following.lstrip().startswith(">")


def _cuts(lines: list[str], index: int) -> bool:
    """Whether everything from here on is an older message (Outlook and its kin)."""
    line = lines[index].strip()
    if len(line) > MAX_LINE or not line:
        return False
    if _ORIGINAL.match(line):
        return True
    if _RULE.match(line):
        following = next((i for i in range(index + 1, min(index + 4, len(lines))) if lines[i].strip()), 0)
        return bool(following) and _headed(lines, following)
    return _headed(lines, index)


def _headed(lines: list[str], index: int) -> bool:
    """Whether a block "De : … / Envoyé : … / À : … / Objet : …" begins here (blank lines between are Apple's)."""
    if not _FROM.match(lines[index].strip()[:MAX_LINE]):
        return False
    before = next((lines[i].strip() for i in range(index - 1, max(index - 4, -1), -1) if lines[i].strip()), "")
    if _FORWARD.match(before[:MAX_LINE]):
        return False
    heads = [line.strip()[:200] for line in lines[index + 1 : index + 9] if line.strip()][:4]
    marks = sum(bool(_SENT.match(head)) for head in heads)
    return marks >= 2 or (marks >= 1 and any(_DATED.match(head) for head in heads))


def _without_signature(lines: list[str]) -> list[str]:
    """Without what follows the last `-- ` when little follows, nor a telephone's advertisement at the end."""
    for index in range(len(lines) - 1, max(len(lines) - 30, -1), -1):
        if lines[index] in ("-- ", "--\xa0") or (lines[index] == "--" and index > 0):
            lines = lines[:index]
            break
    end = len(lines)
    while end and (not lines[end - 1].strip() or _DEVICE.match(lines[end - 1].strip()[:200])):
        end -= 1
    return lines[:end] if end else lines


def _tidy(lines: list[str]) -> str:
    text = "\n".join(line.rstrip() for line in lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n ")
