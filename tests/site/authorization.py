"""Every address of the centre against every role, in one's own company and in another: the requests themselves.

The expected answers stand in `authorization_table.txt`, one line per method and address. A new address needs its lines:
`LIGNE_WRITE_TABLE=1 pytest tests/site/test_authorization.py` writes those of today; read the difference first.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from django.db import transaction
from django.db.models import Q
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from ligne.catalogue.models import Product
from ligne.channels.chat.models import ChatSession
from ligne.channels.email.models import MailAccount, RawMail
from ligne.channels.voice import reads as voice
from ligne.channels.voice.models import Line, Payment, Recording, VoiceCall
from ligne.channels.web import reads as web
from ligne.contacts import services as contacts
from ligne.contacts.models import Attachment, Contact, Message, Template
from ligne.customers.models import Address, Consent, ContactPoint, Job, Link, MergeRecord, Segment
from ligne.journal.models import Delivery, Entry, Subscription
from ligne.kit import clock, files, sealed, throttle
from ligne.kit.viewer import Viewer
from ligne.routing.models import WorkItem
from ligne.site.api import api
from ligne.staff.models import ApiToken, Grant, Skill, Team
from ligne.staff.services import tokens
from ligne.supervision.models import Notice, NoticeReader
from tests.world import Company

TABLE = Path(__file__).parent / "authorization_table.txt"
ROLES = ("advisor", "supervisor", "quality", "administrator")
FOREIGN = ("foreign advisor", "foreign supervisor", "foreign administrator")
ACTORS = ("anonymous", *ROLES, *FOREIGN)
API = "api/v1/"

Row = tuple[str, str]  # method, pattern
_PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")


def rows() -> list[Row]:
    """Every (method, pattern) that needs a line: both methods of pages, the described ones of the API."""
    described = {
        path.removeprefix("/").replace("{", "<").replace("}", ">"): [m.upper() for m in operations]
        for path, operations in api.get_openapi_schema()["paths"].items()
    }
    patterns = dict.fromkeys(_patterns(get_resolver()))
    return [(method, pattern) for pattern in patterns for method in described.get(pattern, ["GET", "POST"])]


def _patterns(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for part in resolver.url_patterns:
        if isinstance(part, URLResolver):
            yield from _patterns(part, prefix + str(part.pattern))
        elif isinstance(part, URLPattern) and "^" not in str(part.pattern):
            yield prefix + str(part.pattern)


def names_an_object(pattern: str) -> bool:
    """Whether the address leads to one thing of one company."""
    return bool(_PARAMETER.search(pattern))


@dataclass
class World:
    """One company with one of everything, another that must see none of it, and a browser or program per actor."""

    mine: Company
    other: Company

    def __post_init__(self) -> None:
        self.objects = _things(self.mine)
        self.browsers = {actor: Client(raise_request_exception=True) for actor in ACTORS}
        self.secrets = {"anonymous": ""}
        for actor in ACTORS[1:]:
            company = self.other if actor in FOREIGN else self.mine
            user = getattr(company, actor.split()[-1])
            self.browsers[actor].force_login(user)
            self.secrets[actor], _ = tokens.create(Viewer.system(), user_id=user.pk, scopes=["*"])

        self.last_entry = Entry.objects.latest("pk").pk
        self.cookies = {
            actor: {name: morsel.value for name, morsel in browser.cookies.items()}
            for actor, browser in self.browsers.items()
        }

    def answer(self, actor: str, row: Row) -> int:
        """The status of one request, undone afterwards."""
        method, pattern = row
        things = {_thing(pattern, name) for _, name in _PARAMETER.findall(pattern)}
        if things - self.objects.keys():
            raise AssertionError(f"make {things - self.objects.keys()} in `_things` for {pattern}")
        path = "/" + _PARAMETER.sub(lambda found: str(self.objects[_thing(pattern, found[2])]), pattern)
        headers = {}
        if pattern.startswith(API) and self.secrets[actor]:
            headers["Authorization"] = f"Bearer {self.secrets[actor]}"
        throttle.forget()
        browser = self.browsers[actor]
        # Signing out is undone like everything else.
        browser.cookies = SimpleCookie(self.cookies[actor])
        with transaction.atomic():
            body: dict[str, Any] = {"data": {}, "content_type": "application/json"} if pattern.startswith(API) else {}
            if method == "GET":
                body = {}
            response = getattr(browser, method.lower())(path, headers=headers, **body)
            if actor in FOREIGN and self._touched():
                raise AssertionError(f"{actor} changed something of another company: {method} {pattern}")
            transaction.set_rollback(True)
        return int(response.status_code)

    def _touched(self) -> bool:
        """Whether anything of this company was journalled since the world was made: every verb leaves a trace."""
        about = Q(principal_id=self.mine.principal.pk) | Q(subject_type="user", subject_id=self.mine.colleague.pk)
        return Entry.objects.filter(about, pk__gt=self.last_entry).exclude(subject_type="call_back").exists()


def _thing(pattern: str, name: str) -> str:
    """Which of the things a parameter means: the same name means different things at different addresses."""
    if name == "slug":
        return "queue"
    if name == "pk":
        return "nothing"
    if name == "other_id" and pattern.startswith("contacts/"):
        return "other_contact_id"
    if name == "principal":
        return "principal_slug"
    if name == "link" and pattern.startswith("callback/"):
        return "call_back_link"
    return name


def _things(company: Company) -> dict[str, object]:
    principal, now = company.principal, clock.now()
    customer, other = company.customer(), company.customer(first_name="Paul")
    contact = company.in_hand()
    item = WorkItem.objects.get(contact=contact)
    message = Message.objects.filter(contact=contact).first()
    assert message is not None
    facts = {"principal": principal, "customer": customer}
    account = MailAccount.objects.create(principal=principal, address="service@bleuet.test")
    notice = Notice.objects.create(principal=principal, text="Bonjour", at=now, author=company.supervisor)
    NoticeReader.objects.create(notice=notice, user=company.advisor)
    subscription = Subscription.objects.create(
        principal_id=principal.pk, url="https://exemple.test/", secret="x", created_at=now
    )
    promise = contacts.promise_call_back(
        company.system,
        principal_id=principal.pk,
        phone="0612345678",
        queue="bleuet-voice",
        window_start=now + timedelta(days=1),
        window_end=now + timedelta(days=1, hours=1),
    )
    chat = company.arrival("chat", thread=str(uuid.uuid4()))
    return {
        "nothing": 999999999,
        "number": 0,
        "principal_id": principal.pk,
        "principal_slug": principal.slug,
        "queue": "bleuet-email",
        "reason_id": company.reason.pk,
        "queue_id": company.queues["email"].pk,
        "user_id": company.colleague.pk,
        "customer_id": customer.pk,
        "other_id": other.pk,
        "other_contact_id": company.arrival().pk,
        "contact_id": contact.pk,
        "item_id": item.pk,
        "message_id": message.pk,
        "call_back_id": promise.pk,
        "call_back_link": web.link_to(promise),
        "link": "unsigned",
        "signed": "unsigned",
        "subscription_id": subscription.pk,
        "webhook_id": subscription.pk,
        "notice_id": notice.pk,
        "account_id": account.pk,
        "team_id": Team.objects.create(name="Équipe").pk,
        "skill_id": Skill.objects.create(principal=principal, slug="anglais", name="Anglais").pk,
        "grant_id": Grant.objects.create(principal=principal, role="advisor", action="refund").pk,
        "mail_id": 999999999,
        "public_id": _chat(company, chat.pk),
        "token_id": ApiToken.objects.create(
            user=company.advisor, shown="lc_x", digest="0" * 64, scopes=["*"], created_at=now
        ).pk,
        "delivery_id": Delivery.objects.create(
            subscription=subscription, entry_id=1, kind="contact.arrived", created_at=now, next_at=now
        ).pk,
        "template_id": Template.objects.create(principal=principal, shortcut="b", title="B", text="Bonjour").pk,
        "attachment_id": Attachment.objects.create(
            principal=principal, contact=contact, filename="a.txt", content_type="text/plain", size=1, sha256="0" * 64
        ).pk,
        "raw_id": RawMail.objects.create(
            principal=principal,
            account=account,
            content=b"x",
            size=1,
            sha256=hashlib.sha256(b"x").hexdigest(),
            received_at=now,
            state="kept",
            fate="unreadable",
        ).pk,
        "point_id": ContactPoint.objects.create(kind="phone", value="+33612345678", valid_from=now, **facts).pk,
        "address_id": Address.objects.create(line1="12 rue Haute", valid_from=now, **facts).pk,
        "line_id": Line.objects.create(principal=principal, number=f"+3319900{principal.pk:04}", name="Accueil").pk,
        "recording_id": _recording(contact),
        "payment_id": _payment(contact),
        "product_id": Product.objects.create(principal=principal, sku="FIB", name="Fibre", price_cents=2999).pk,
        "segment_id": Segment.objects.create(principal=principal, slug="fidele", label="Fidèle").pk,
        "consent_id": Consent.objects.create(
            channel="voice",
            given_at=now,
            source="paper",
            attachment=files.store(b"x"),
            attachment_name="a.txt",
            **facts,
        ).pk,
        "link_id": Link.objects.create(
            principal=principal, from_customer=customer, to_customer=other, kind="parent", since=now
        ).pk,
        "record_id": MergeRecord.objects.create(
            principal=principal, survivor=customer, absorbed=other, merged_at=now, undone_at=now
        ).pk,
        "job_id": Job.objects.create(principal=principal, kind="import", user=company.administrator, created_at=now).pk,
    }


def _recording(contact: Contact) -> int:
    """A recorded call of this contact."""
    about = {"principal_id": contact.principal_id, "contact": contact}
    call = VoiceCall.objects.create(pk=f"call{contact.pk}", phase="ended", started_at=clock.now(), **about)
    key = Fernet.generate_key()
    kept = {"sealed_key": sealed.seal(voice.RECORDINGS, key.decode()), "sha256": files.store(Fernet(key).encrypt(b"x"))}
    return Recording.objects.create(call=call, name=call.pk, kept_at=clock.now(), seconds=1, **about, **kept).pk


def _payment(contact: Contact) -> str:
    """A payment by keypad of this contact's call, settled."""
    facts = {"amount_cents": 100, "reference": "F-1", "state": "accepted", "provider": "", "asked_at": clock.now()}
    about = {"principal_id": contact.principal_id, "contact": contact, "call_id": f"call{contact.pk}"}
    return Payment.objects.create(pk="payment", **about, **facts).pk


def _chat(company: Company, contact_id: int) -> uuid.UUID:
    """A chat of the company's; its page needs the customer's own token, which nobody here has."""
    now = clock.now()
    session = ChatSession.objects.create(
        principal=company.principal,
        contact_id=contact_id,
        token_hash="0" * 64,
        queue="bleuet-chat",
        started_at=now,
        last_seen_at=now,
    )
    public: uuid.UUID = session.public_id
    return public


def read() -> dict[Row, tuple[int, ...]]:
    """The table: (method, pattern) -> the status for each actor, in the order of `ACTORS`."""
    table = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines() if TABLE.exists() else []:
        if line.strip() and not line.startswith("#"):
            method, *statuses, pattern = line.split()
            table[(method, "" if pattern == "(home)" else pattern)] = tuple(int(s) for s in statuses)
    return table


def write(table: dict[Row, tuple[int, ...]]) -> None:
    """Write the table, its columns explained."""
    lines = ["# " + " · ".join(ACTORS)]
    for (method, pattern), statuses in table.items():
        lines.append(f"{method:<6} {' '.join(str(s) for s in statuses)}  {pattern or '(home)'}")
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
