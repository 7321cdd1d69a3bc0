"""A letter from facts: text with a plain HTML alternative, signature, the past quoted below, files. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from html import escape

from ligne.channels.email.rules.words import clean, clean_line

MAX_QUOTED = 20_000
_ANSWERS = re.compile(r"^\s*(?:re|ré|aw)\s*:", re.IGNORECASE)
_LINK = re.compile(r"https?://[^\s<>\"]{3,1000}[^\s<>\".,;:!?)]")


@dataclass(frozen=True, slots=True)
class Part:
    """A file to send."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """All that a mail of ours is made of; identifiers without brackets. `automatic`: no person wrote it."""

    from_name: str
    from_address: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str
    text: str
    message_id: str
    date: datetime
    signature: str = ""
    quoted: str = ""
    quoted_head: str = ""
    reply_to: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    files: tuple[Part, ...] = ()
    loop_marks: tuple[str, ...] = ()
    automatic: bool = False


def answer_subject(subject: str) -> str:
    """The subject of an answer: "Re: " once."""
    subject = clean_line(subject)
    return subject if _ANSWERS.match(subject) else f"Re: {subject}".strip()


def compose(letter: Letter) -> EmailMessage:
    """The mail, ready to send. Raises ValueError when an address cannot be written in a header."""
    mail = EmailMessage(policy=SMTP_POLICY.clone(max_line_length=78))
    mail["From"] = _mailbox(letter.from_name, letter.from_address)
    mail["To"] = [_mailbox("", address) for address in letter.to]
    if letter.cc:
        mail["Cc"] = [_mailbox("", address) for address in letter.cc]
    mail["Subject"] = clean_line(letter.subject)[:300]
    mail["Date"] = format_datetime(letter.date)
    mail["Message-ID"] = f"<{letter.message_id}>"
    if letter.reply_to:
        mail["Reply-To"] = _mailbox(letter.from_name, letter.reply_to)
    if letter.in_reply_to:
        mail["In-Reply-To"] = f"<{letter.in_reply_to}>"
    references = [r for r in dict.fromkeys([*letter.references, letter.in_reply_to]) if r and "\n" not in r]
    if references:
        mail["References"] = " ".join(f"<{r}>" for r in references[-20:])
    for mark in letter.loop_marks:
        mail["X-Ligne-Loop"] = mark
    if letter.automatic:
        mail["Auto-Submitted"] = "auto-replied"
        mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(_as_text(letter), cte="quoted-printable")
    mail.add_alternative(_as_html(letter), subtype="html", cte="quoted-printable")
    for file in letter.files:
        _add_file(mail, file)
    return mail


def _mailbox(name: str, address: str) -> Address:
    local, _, domain = clean_line(address).rpartition("@")
    if not local or not domain:
        raise ValueError(f"not an address: {clean_line(address)[:100]}")
    return Address(display_name=clean_line(name), username=local, domain=domain)


def _add_file(mail: EmailMessage, file: Part) -> None:
    main, _, sub = file.content_type.partition("/")
    odd = (
        main in ("", "multipart", "message", "text")
        or not sub
        or not re.fullmatch(r"[\w.+-]+/[\w.+-]+", file.content_type)
    )
    # Text is sent as it is, byte by byte: re-encoding could change what was attached.
    main, sub = ("application", "octet-stream") if odd and main != "text" else (main, sub)
    if main == "text":
        mail.add_attachment(file.content, maintype="application", subtype="octet-stream", filename=file.filename)
        mail.get_payload()[-1].replace_header("Content-Type", f"{file.content_type or 'text/plain'}")  # type: ignore[index, union-attr]
        return
    mail.add_attachment(file.content, maintype=main, subtype=sub, filename=clean_line(file.filename))


def _as_text(letter: Letter) -> str:
    parts = [clean(letter.text).strip()]
    if letter.signature.strip():
        parts.append(f"-- \n{clean(letter.signature).strip()}")
    if letter.quoted.strip():
        lines = clean(letter.quoted).strip()[:MAX_QUOTED].split("\n")
        quoted = "\n".join(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in lines)
        parts.append(f"{letter.quoted_head}\n{quoted}".strip())
    return "\n\n".join(parts) + "\n"


def _as_html(letter: Letter) -> str:
    body = [_paragraphs(clean(letter.text).strip())]
    if letter.signature.strip():
        body.append(f"<p>-- <br>{_lines(clean(letter.signature).strip())}</p>")
    if letter.quoted.strip():
        past = _lines(clean(letter.quoted).strip()[:MAX_QUOTED])
        head = f'<div class="moz-cite-prefix">{escape(letter.quoted_head)}</div>' if letter.quoted_head else ""
        body.append(f'{head}<blockquote type="cite">{past}</blockquote>')
    return "<!doctype html><html><body>" + "".join(body) + "</body></html>\n"


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{_lines(paragraph)}</p>" for paragraph in re.split(r"\n{2,}", text))


def _lines(text: str) -> str:
    return "<br>\n".join(_linked(line) for line in text.split("\n"))


def _linked(line: str) -> str:
    out, position = [], 0
    for found in _LINK.finditer(line):
        address = escape(found[0])
        out += [escape(line[position : found.start()]), f'<a href="{address}">{address}</a>']
        position = found.end()
    return "".join([*out, escape(line[position:])])
