"""Mails that no person wrote: delivery reports, bounces in prose, absences and other automatic answers. Pure."""

from __future__ import annotations

import re

from ligne.channels.email.rules.headers import Headers, identifiers, split
from ligne.channels.email.rules.mime import Leaf
from ligne.channels.email.rules.parsed import Address, Bounce
from ligne.channels.email.rules.words import clean, clean_line, decode

DELIVERY = {"message/delivery-status", "message/global-delivery-status"}
READING = {"message/disposition-notification", "message/global-disposition-notification"}
ORIGINAL = {
    "message/rfc822",
    "text/rfc822-headers",
    "message/global",
    "message/global-headers",
    "message/rfc822-headers",
}
LOOKED_AT = 60_000

_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.])([45])[0-5]\d[ -]")
_ADDRESS = re.compile(r"[A-Za-z0-9._%+'=/~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
_ID_LINE = re.compile(r"^[> \t]*Message-ID:\s*<([^<>\s]{1,900})>", re.IGNORECASE | re.MULTILINE)

_DAEMON = re.compile(
    r"^(?:mailer-daemon|mail-daemon|mailerdaemon|postmaster|mdaemon|microsoftexchange[0-9a-f]+)@", re.IGNORECASE
)
_BOUNCE_SUBJECT = re.compile(
    r"undeliver|non[- ]remis|non[- ]d[ée]livr|d[ée]livrance|"
    r"delivery (?:status|failure|has failed)|mail delivery failed|"
    r"failure notice|returned (?:mail|to sender)|[ée]chec (?:de|d['’])|message non remis|"
    r"retour[ée]? [àa] l['’]exp[ée]diteur|"
    r"could not be delivered|warning: message .{1,60} delayed|delayed mail|remise (?:diff[ée]r[ée]e|retard[ée]e)",
    re.IGNORECASE,
)
_BOUNCE_BODY = re.compile(
    r"this is the qmail-send program|message was created automatically by mail delivery software|"
    r"this is the mail system at host|could not be delivered to (?:one or more|the following)|"
    r"[ée]chec de la remise (?:pour|[àa]) ces destinataires|"
    r"votre message n['’]a pas (?:pu [êe]tre|[ée]t[ée]) (?:remis|d[ée]livr|distribu)|"
    r"your message (?:could not be|wasn['’]t|was not) delivered|delivery to the following recipients? failed|"
    r"impossible de remettre (?:votre|ce|le) message|the following address(?:es)? (?:had permanent|failed)|"
    r"n['’]a pas pu [êe]tre (?:remis|d[ée]livr[ée]|distribu[ée])|"
    r"user unknown|utilisateur inconnu|adresse (?:inconnue|introuvable)",
    re.IGNORECASE,
)
_ONLY_DELAYED = re.compile(
    r"delayed|will (?:be retried|keep trying|continue to try)|no action is required|diff[ée]r[ée]e|retard[ée]e|"
    r"tentatives? (?:de remise )?(?:se poursuiv|continu)",
    re.IGNORECASE,
)
_GIVEN_UP = re.compile(r"permanent|i['’]ve given up|giving up|failed|[ée]chec|not delivered", re.IGNORECASE)

_AUTO_SUBJECT = re.compile(
    r"^\s*(?:(?:re|r[ée]f?|aw)\s*:\s*)?\[?(?:r[ée]ponse automatique|r[ée]ponse auto\b|automatic reply|"
    r"auto(?:matic|matique)?"
    r"[ -]?(?:reply|response|r[ée]ponse)|out of (?:the )?office|absen(?:ce|t|te) (?:du|de mon|au) bureau|"
    r"(?:message|avis|notification) d['’]absence|"
    r"abwesenheitsnotiz|automatische antwort|respuesta autom|risposta autom)",
    re.IGNORECASE,
)
_AUTO_FIELDS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply",
    "x-auto-reply-from",
    "x-mail-autoreply",
)


def automatic(headers: Headers, subject: str, return_path: str | None) -> bool:
    """Whether a program sent it: it is never answered by a program. `return_path` of the envelope, when known."""
    submitted = headers.token("auto-submitted")
    if submitted and submitted != "no":
        return True
    suppress = headers.text("x-auto-response-suppress").lower()
    if any(word in suppress for word in ("all", "oof", "autoreply")):
        return True
    if headers.token("precedence") in {"bulk", "junk", "list", "auto_reply", "auto-reply"}:
        return True
    if any(headers.has(name) and headers.token(name) not in {"no", "false", "0"} for name in _AUTO_FIELDS):
        return True
    if return_path is None and headers.has("return-path"):
        return_path = headers.text("return-path")
    if return_path is not None and return_path.strip("<> ") == "":
        return True
    return bool(_AUTO_SUBJECT.match(subject[:200]))


def bounce(
    headers: Headers, content_type: str, leaves: list[Leaf], *, sender: list[Address], subject: str, text: str
) -> Bounce | None:
    """The failure a mail reports, None when it reports none (a report of success is none)."""
    for leaf in leaves:
        if leaf.type.value in DELIVERY:
            return _from_status(leaf.content, leaves, text)
    if any(leaf.type.value in READING for leaf in leaves):
        return None
    return _in_prose(headers, content_type, leaves, sender=sender, subject=subject, text=text[:LOOKED_AT])


def _from_status(content: bytes, leaves: list[Leaf], text: str) -> Bounce | None:
    """RFC 3464: blocks of fields, the first about the message, one for each recipient."""
    worst: Bounce | None = None
    original = _original_id(leaves, text)
    for block in re.split(rb"\n[ \t\r]*\n", content[:LOOKED_AT].strip().replace(b"\r\n", b"\n"))[:50]:
        fields, _ = split(block.strip() + b"\n\n", [])
        action = fields.token("action")
        status = _first(_STATUS, fields.text("status"))
        if not action and not status:
            continue
        if action in {"delivered", "relayed", "expanded"} or (not action and status.startswith("2")):
            continue
        diagnostic = _after_type(fields.text("diagnostic-code"))
        recipient = _first_address(fields.text("final-recipient")) or _first_address(fields.text("original-recipient"))
        status = status if status and not status.endswith(".0.0") else _first(_STATUS, diagnostic) or status
        final = action == "failed" or (not action and status.startswith("5"))
        found = Bounce(final, status, recipient, original, (diagnostic or f"{action} {status}".strip())[:500])
        if worst is None or (final and not worst.final):
            worst = found
    return worst


def _in_prose(
    headers: Headers, content_type: str, leaves: list[Leaf], *, sender: list[Address], subject: str, text: str
) -> Bounce | None:
    daemon = any(_DAEMON.match(a.address) for a in sender)
    nobody = headers.has("return-path") and headers.text("return-path").strip("<> ") == ""
    failed = _first_address(headers.text("x-failed-recipients"))
    said = bool(_BOUNCE_SUBJECT.search(subject[:300])) + bool(_BOUNCE_BODY.search(text))
    report = content_type == "multipart/report"
    if not (failed or (daemon and said) or (nobody and said == 2) or (report and said)):
        return None
    status = _first(_STATUS, text)
    code = _first(_CODE, text)
    delayed = bool(_ONLY_DELAYED.search(subject[:300] + "\n" + text[:4000]))
    final = status.startswith("5") or (not status.startswith("4") and (code == "5" or not delayed))
    if status.startswith("4") or (not status and code == "4"):
        final = bool(_GIVEN_UP.search(text[:4000])) and not delayed
    own = {a.address.lower() for a in sender}
    recipient = failed or next((a for a in _ADDRESS.findall(_before_copy(text)) if a.lower() not in own), "")
    return Bounce(final, status, recipient.lower(), _original_id(leaves, text), _reason(text, recipient))


_COPY = re.compile(
    r"^(?:-{2,}.{0,80}(?:copy of|copie|original|undelivered|headers?|below this line).{0,80}|"
    r"en-t[êe]tes? .{0,60}:|original message headers:?)",
    re.IGNORECASE | re.MULTILINE,
)


def _before_copy(text: str) -> str:
    found = _COPY.search(text)
    return text[: found.start()] if found else text


def _reason(text: str, recipient: str) -> str:
    """The line that names a code or the recipient's trouble, else the first that says something."""
    lines = [clean_line(line) for line in _before_copy(text).split("\n")[:200]]
    for test in (_STATUS.search, _CODE.search, _BOUNCE_BODY.search):
        for line in lines:
            if line and test(line[:1000]):
                return line[:500]
    return next((line for line in lines if line and line != recipient), "")[:500]


def _original_id(leaves: list[Leaf], text: str) -> str:
    """The Message-ID of the mail that came back, from its copy or its headers, else from the prose."""
    for leaf in leaves:
        if leaf.type.value in ORIGINAL:
            fields, _ = split(leaf.content[:LOOKED_AT].lstrip(b"\r\n"), [])
            found = identifiers(fields.raw("message-id"))
            if found:
                return found[0]
    return _first(_ID_LINE, text)


def status_text(leaf: Leaf) -> str:
    """A delivery report's fields as text."""
    return clean(decode(leaf.content[:LOOKED_AT], leaf.type.get("charset"), []))


def _after_type(value: str) -> str:
    kind, semicolon, rest = value.partition(";")
    return rest.strip() if semicolon and " " not in kind.strip() else value


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text[:LOOKED_AT])
    return found[1] if found else ""


def _first_address(text: str) -> str:
    found = _ADDRESS.search(text[:2000])
    return found[0].lower() if found else ""
