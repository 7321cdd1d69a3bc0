"""A mail's bytes, understood. Any bytes give an answer, in time and memory proportional to their number. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from html import escape

from ligne.channels.email.rules import inlined, markup, mime, quoting, reports, tnef
from ligne.channels.email.rules.headers import Headers, addresses, date_of, decode_words, identifiers
from ligne.channels.email.rules.mime import Leaf
from ligne.channels.email.rules.parsed import Attachment, ParsedMail
from ligne.channels.email.rules.words import clean, clean_line, decode, note

MAX_BYTES = 64 * 1024 * 1024
MAX_TEXT = 1_000_000
MAX_ATTACHMENTS = 300
MAX_NESTED = 3
_ONCE = ("from", "subject", "date", "message-id", "in-reply-to", "references", "to", "cc", "reply-to")
_EXTENSIONS = {
    "application/pdf": "pdf",
    "application/rtf": "rtf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "text/calendar": "ics",
    "text/csv": "csv",
    "text/html": "html",
    "text/plain": "txt",
    "text/vcard": "vcf",
    "message/rfc822": "eml",
}


def parse(data: bytes, *, return_path: str | None = None) -> ParsedMail:
    """Understand a mail. `return_path` is the envelope's sender, "" for the empty one, None when unknown."""
    try:
        return _parse(data, return_path, nested=0)
    except Exception as error:
        # The net under the net: a mail is never refused because reading it failed; it is kept raw and shown.
        text = clean(data[:MAX_TEXT].decode("utf-8", "replace"))
        return ParsedMail(text=text, new_text=text, defects=[f"unreadable: {type(error).__name__}"])


def _parse(data: bytes, return_path: str | None, *, nested: int) -> ParsedMail:
    mail = ParsedMail()
    if len(data) > MAX_BYTES:
        note(mail.defects, "too_large")
        data = data[:MAX_BYTES]
    if not data.strip():
        note(mail.defects, "empty")
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    headers, kind, leaves = mime.leaves(data, mail.defects)
    _read_headers(mail, headers)
    body = _Body(mail.defects, nested)
    for leaf in leaves:
        body.add(leaf)
    mail.attachments = body.attachments
    body.compose(mail)
    mail.bounce = reports.bounce(headers, kind.value, leaves, sender=mail.from_, subject=mail.subject, text=mail.text)
    mail.auto_reply = mail.bounce is None and (
        reports.automatic(headers, mail.subject, return_path)
        or any(leaf.type.value in reports.DELIVERY | reports.READING for leaf in leaves)
    )
    return mail


def _read_headers(mail: ParsedMail, headers: Headers) -> None:
    defects = mail.defects
    for name in _ONCE:
        if len(headers.all(name)) > 1:
            note(defects, f"duplicate_header: {name}")
    mail.message_id = next(iter(identifiers(headers.raw("message-id"))), "")
    mail.in_reply_to = next(iter(identifiers(headers.raw("in-reply-to"))), "")
    mail.references = identifiers(headers.raw("references"))
    mail.date = date_of(headers.raw("date"), defects)
    mail.from_ = addresses(headers.all("from")[:1] or headers.all("sender")[:1], defects)
    mail.to = addresses(headers.all("to"), defects)
    mail.cc = addresses(headers.all("cc"), defects)
    mail.reply_to = addresses(headers.all("reply-to")[:1], defects)
    mail.subject = clean_line(decode_subject(headers, defects))[:998]
    delivered = [raw for name in ("delivered-to", "x-original-to", "envelope-to") for raw in headers.all(name)]
    mail.delivered_to = [a.address.lower() for a in addresses(delivered, [])]
    mail.loop_marks = [headers_text(raw) for raw in headers.all("x-ligne-loop")[:50]]
    mail.list_mail = headers.has("list-id") or headers.has("list-unsubscribe")
    if not mail.message_id:
        note(defects, "message_id_missing")
    if not mail.from_:
        note(defects, "from_missing")
    if not mail.to and not mail.cc:
        note(defects, "to_missing")
    if not headers.has("date"):
        note(defects, "date_missing")


def decode_subject(headers: Headers, defects: list[str]) -> str:
    """The subject, decoded."""
    return clean(decode_words(headers.raw("subject"), defects), defects)


def headers_text(raw: bytes) -> str:
    """A plain header value on one line."""
    return clean_line(raw[:200].decode("ascii", "replace"))


@dataclass(slots=True)
class _Block:
    """A piece of the body: what it says as text, as HTML when it has one, and its text without quotations."""

    group: int
    kind: str  # "plain" | "html"
    text: str
    html: str = ""
    new: str = ""


@dataclass(slots=True)
class _Body:
    defects: list[str]
    nested: int
    blocks: list[_Block] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    fallback: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)

    def add(self, leaf: Leaf) -> None:
        """Take one part in: as text, as a file, or as both."""
        kind = leaf.type.value
        attached = leaf.disposition.value == "attachment" or (bool(leaf.filename) and bool(self.blocks))
        if kind in reports.DELIVERY | reports.READING or kind in reports.ORIGINAL - {
            "message/rfc822",
            "message/global",
        }:
            self.fallback.append(reports.status_text(leaf))
        elif kind == "application/ms-tnef" or leaf.filename.lower() == "winmail.dat":
            self._tnef(leaf)
        elif kind == "text/calendar":
            self.extra.append(inlined.calendar_line(self._words(leaf)))
            self._attach(leaf)
        elif kind in ("message/rfc822", "message/global"):
            self._message(leaf)
        elif kind == "text/x-amp-html" and not attached:
            return
        elif kind in ("text/plain", "text/enriched", "text/richtext") and not attached:
            self._plain(leaf)
        elif kind in ("text/html", "application/xhtml+xml") and not attached:
            self._html(leaf)
        else:
            self._attach(leaf)

    def _words(self, leaf: Leaf) -> str:
        return clean(decode(leaf.content, leaf.type.get("charset"), self.defects), self.defects)

    def _plain(self, leaf: Leaf) -> None:
        leaf.content, files = inlined.uuencoded(leaf.content, self.defects)
        text = self._words(leaf)
        if leaf.type.value != "text/plain":
            text = markup.read(text, self.defects)[1]
        if leaf.type.get("format").lower() == "flowed":
            text = inlined.unflow(text, delete_space=leaf.type.get("delsp").lower() == "yes")
        self.blocks.append(_Block(leaf.group, "plain", self._bounded(text)))
        for name, content in files:
            self.keep(mime.safe_name(name), "application/octet-stream", content)

    def _html(self, leaf: Leaf) -> None:
        html, text, new = markup.read(self._words(leaf), self.defects)
        self.blocks.append(_Block(leaf.group, "html", self._bounded(text), html, self._bounded(new)))

    def _bounded(self, text: str) -> str:
        if len(text) > MAX_TEXT:
            note(self.defects, "text_too_long")
        return text[:MAX_TEXT]

    def _message(self, leaf: Leaf) -> None:
        """A mail within the mail: a file, and the text of a mail that has no other."""
        inner = _parse(leaf.content, None, nested=self.nested + 1) if self.nested < MAX_NESTED else ParsedMail()
        self._attach(leaf, name=leaf.filename or mime.safe_name(f"{inner.subject[:80]}.eml" if inner.subject else ""))
        sender = ", ".join(f"{a.name} <{a.address}>" if a.name else a.address for a in inner.from_[:3])
        self.fallback.append("\n".join(filter(None, [sender, inner.subject, "", inner.text])))

    def _tnef(self, leaf: Leaf) -> None:
        unwrapped = tnef.unwrap(leaf.content, self.defects)
        if unwrapped is None:
            self._attach(leaf)
            return
        if unwrapped.html:
            html, text, new = markup.read(clean(unwrapped.html), self.defects)
            if not any(b.html for b in self.blocks):
                group = self.blocks[0].group if len(self.blocks) == 1 else leaf.group
                self.blocks.append(_Block(group, "html", self._bounded(text), html, new))
        elif unwrapped.text and not any(b.text.strip() for b in self.blocks):
            self.blocks.append(_Block(leaf.group, "plain", self._bounded(unwrapped.text)))
        for file in unwrapped.files:
            self.keep(
                mime.safe_name(file.name),
                file.content_type,
                file.content,
                inline=bool(file.content_id),
                content_id=file.content_id,
            )

    def _attach(self, leaf: Leaf, name: str = "") -> None:
        inline = (
            leaf.disposition.value != "attachment"
            and bool(leaf.content_id)
            and (leaf.related or leaf.disposition.value == "inline")
        )
        self.keep(name or leaf.filename, leaf.type.value, leaf.content, inline=inline, content_id=leaf.content_id)

    def keep(self, name: str, kind: str, content: bytes, *, inline: bool = False, content_id: str = "") -> None:
        """Add a file; one without a name is called by its number."""
        if len(self.attachments) >= MAX_ATTACHMENTS:
            note(self.defects, "too_many_attachments")
            return
        kind = clean_line(kind)[:120] or "application/octet-stream"
        name = name or f"piece-{len(self.attachments) + 1}.{_EXTENSIONS.get(kind, 'bin')}"
        digest = hashlib.sha256(content).hexdigest()
        self.attachments.append(Attachment(name, kind, content, digest, inline, content_id[:300]))

    def compose(self, mail: ParsedMail) -> None:
        """Write the body into `mail`: alternatives chosen, pieces put one after the other, the past told apart."""
        chosen = self._chosen()
        texts = [block.text for block, _ in chosen if block.text.strip()]
        news = [(block.new if block.kind == "html" and block.new.strip() else block.text) for block, _ in chosen]
        extra = [line for line in self.extra if line]
        if not texts and not extra:
            texts = news = [text for text in self.fallback if text.strip()]
        whole = "\n\n".join([*(t.strip("\n") for t in texts), *extra])
        mail.text = self._bounded(whole).strip()
        forwarded = quoting.is_forward(mail.subject)
        source = mail.text if forwarded else "\n\n".join([*(n.strip("\n") for n in news if n.strip()), *extra])
        mail.new_text, mail.quoted = quoting.split(self._bounded(source), mail.subject)
        if not mail.quoted and len(mail.new_text) < len(mail.text):
            mail.quoted = mail.text if source != mail.text else ""
        if any(html for _, html in chosen):
            mail.html = "\n".join(
                html or f"<p>{escape(block.text).replace(chr(10), '<br>')}</p>" for block, html in chosen
            )

    def _chosen(self) -> list[tuple[_Block, str]]:
        """One block of each group of alternatives (text if it says something, else HTML), with the group's HTML."""
        groups: dict[int, list[_Block]] = {}
        for block in self.blocks:
            groups.setdefault(block.group, []).append(block)
        chosen: list[tuple[_Block, str]] = []
        for blocks in groups.values():
            html = "\n".join(block.html for block in blocks if block.html)
            plain = [block for block in blocks if block.kind == "plain" and block.text.strip()]
            rich = [block for block in blocks if block.kind == "html"]
            if plain and rich and _is_only_a_hint(plain[0].text, rich[0].text):
                plain = []
            for index, block in enumerate(plain or rich or blocks[:1]):
                chosen.append((block, html if index == 0 else ""))
        return chosen


def _is_only_a_hint(plain: str, rich: str) -> bool:
    """Whether the text alternative only says that the mail needs an HTML reader."""
    words = plain.strip().lower()
    return len(words) < 300 and len(rich) > 2 * len(words) and "html" in words
