"""What was understood of a mail. `as_json` is the interface of `ligne mail parse`: its keys never change."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Address:
    """`name` decoded and cleaned, may be empty; `address` as written, with its domain in lower case."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of the mail. `inline`: the HTML shows it by its `content_id` (without angle brackets)."""

    filename: str
    content_type: str
    content: bytes = field(repr=False)
    sha256: str
    inline: bool = False
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Bounce:
    """A report that a mail of ours did not arrive. `status` as RFC 3463 ("5.1.1", "" when unknown).

    `final`: trying again is useless. `original_message_id`: of the mail that came back, without angle brackets.
    """

    final: bool
    status: str
    recipient: str
    original_message_id: str
    reason: str


@dataclass(slots=True)
class ParsedMail:
    """A mail as understood. Message-IDs stand without angle brackets; `date` is aware or None.

    `text` is the whole body as text, `new_text` the part that its author wrote now, `quoted` the rest. `html` is
    cleaned: it runs nothing and fetches nothing. `envelope_empty`: the return path says that nobody wants an answer.
    `loop_marks`: the X-Ligne-Loop values, one per passage through a centre. `defects`: what was odd, as
    "code" or "code: detail"; an empty list means that nothing was.
    """

    message_id: str = ""
    in_reply_to: str = ""
    references: list[str] = field(default_factory=list)
    date: datetime | None = None
    from_: list[Address] = field(default_factory=list)
    to: list[Address] = field(default_factory=list)
    cc: list[Address] = field(default_factory=list)
    reply_to: list[Address] = field(default_factory=list)
    subject: str = ""
    text: str = ""
    html: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    auto_reply: bool = False
    bounce: Bounce | None = None
    new_text: str = ""
    quoted: str = ""
    delivered_to: list[str] = field(default_factory=list)
    loop_marks: list[str] = field(default_factory=list)
    list_mail: bool = False
    defects: list[str] = field(default_factory=list)

    @property
    def sender(self) -> Address | None:
        """Who a reply goes to: Reply-To's first address, else From's; None when nobody can be answered."""
        return next(iter([*self.reply_to, *self.from_]), None)

    def as_json(self) -> dict[str, Any]:
        """The mail for programs, as documented for `ligne mail parse`."""
        return {
            "message_id": self.message_id or None,
            "in_reply_to": self.in_reply_to or None,
            "references": self.references,
            "date": self.date.isoformat() if self.date else None,
            "from": [_address(a) for a in self.from_],
            "to": [_address(a) for a in self.to],
            "cc": [_address(a) for a in self.cc],
            "reply_to": [_address(a) for a in self.reply_to],
            "subject": self.subject,
            "text": self.text,
            "html": self.html,
            "attachments": [
                {
                    "filename": a.filename,
                    "content_type": a.content_type,
                    "size": len(a.content),
                    "sha256": a.sha256,
                    "inline": a.inline,
                }
                for a in self.attachments
            ],
            "auto_reply": self.auto_reply,
            "bounce": _bounce(self.bounce),
            "new_text": self.new_text,
            "defects": self.defects,
        }


def _address(address: Address) -> dict[str, str]:
    return {"name": address.name, "address": address.address}


def _bounce(bounce: Bounce | None) -> dict[str, Any] | None:
    if bounce is None:
        return None
    return {
        "final": bounce.final,
        "status": bounce.status,
        "recipient": bounce.recipient,
        "original_message_id": bounce.original_message_id or None,
        "reason": bounce.reason,
    }
