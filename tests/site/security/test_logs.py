"""What people write, and what opens doors, never reaches a log line: marked words go in everywhere, none comes out."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from email.message import EmailMessage

import pytest
from django.test import Client

from ligne.channels.chat.models import ChatSession
from ligne.channels.email import services as email
from ligne.channels.email.models import MailAccount
from ligne.contacts import services as contacts
from ligne.journal.services import webhooks
from ligne.kit import throttle
from ligne.site import logs
from tests.site.conftest import program
from tests.world import Company

pytestmark = pytest.mark.django_db
MARK = "Zyxomme"  # in no word of ours


@pytest.fixture
def said() -> Iterator[Callable[[], str]]:
    """Everything that was logged, at the most talkative level."""
    logs.configure(logging.DEBUG)
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    stream = io.StringIO()
    before = handler.setStream(stream)
    yield stream.getvalue
    if before is not None:
        handler.setStream(before)
    logs.configure()


def test_marked_words_go_in_by_every_door_and_none_comes_out(
    bleuet: Company, said: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Client(raise_request_exception=False)
    browser.post("/accounts/login/", {"login": f"{MARK}@exemple.test", "password": f"{MARK}-password"})
    browser.get(f"/accounts/login/?next=/{MARK}")
    browser.get(f"/nowhere/{MARK}?q={MARK}", headers={"User-Agent": MARK, "Referer": f"https://a.test/{MARK}"})
    _by_mail(bleuet)
    _by_chat(browser)
    _by_call_back(browser)
    _at_the_desk(bleuet)
    _by_programs(bleuet)
    _when_something_breaks(bleuet, monkeypatch)
    lines = said()
    assert '"event": "request"' in lines
    assert "request.failed" in lines, "something did break"
    assert [line for line in lines.splitlines() if MARK.lower() in line.lower()] == []


def test_a_line_break_in_what_was_typed_makes_no_line_of_its_own(said: Callable[[], str]) -> None:
    Client().get("/customers/%0a%7b%22event%22:%22forged%22%7d")
    Client().post("/accounts/login/", {"login": 'a\n{"event": "forged"}', "password": "x"})
    logging.getLogger("some.library").warning('a\n{"event": "forged"}')
    assert not [line for line in said().splitlines() if line.startswith('{"event": "forged"')]


def _by_mail(bleuet: Company) -> None:
    account = MailAccount.objects.create(principal=bleuet.principal, address="service@bleuet.test")
    for broken in (False, True):
        letter = EmailMessage()
        letter["From"], letter["To"] = f"{MARK} <{MARK}@exemple.test>", account.address
        letter["Subject"], letter["Message-ID"] = MARK, f"<{MARK}{broken}@exemple.test>"
        letter.set_content(f"Bonjour {MARK}")
        letter.add_attachment(MARK.encode(), maintype="application", subtype="pdf", filename=f"{MARK}.pdf")
        content = letter.as_bytes()
        content = content[: len(content) // 2] + b"\xff\xfe" if broken else content
        for raw in email.store(content, envelope_from=f"{MARK}@exemple.test", envelope_to=[account.address]):
            email.handle(raw)


def _by_chat(browser: Client) -> None:
    throttle.forget()
    facts = {"queue": "bleuet-chat", "token": MARK * 6, "text": MARK, "client_id": MARK + "1", "name": MARK}
    facts |= {"email": f"{MARK}@exemple.test", "page_url": f"https://a.test/{MARK}"}
    answer = browser.post("/chat/api/start/", facts, content_type="application/json")
    assert answer.status_code == 201, answer.content
    session = ChatSession.objects.get()
    headers = {"Authorization": f"Bearer {MARK * 6}"}
    for body in ({"text": MARK, "client_id": MARK + "2"}, {"text": MARK * 9000, "client_id": MARK}, MARK):
        browser.post(f"/chat/api/{session.public_id}/say/", body, content_type="application/json", headers=headers)
    browser.get(f"/chat/api/{session.public_id}/?cursor={MARK}", headers=headers)
    browser.get(f"/chat/api/files/{MARK}/")


def _by_call_back(browser: Client) -> None:
    facts = {"queue": "bleuet-voice", "form_token": MARK * 4, "phone": MARK, "name": MARK, "topic": MARK}
    browser.post("/callback/api/", facts, content_type="application/json")
    browser.post("/callback/bleuet-voice/", facts)


def _at_the_desk(bleuet: Company) -> None:
    contact = bleuet.in_hand(text=MARK, subject=MARK)
    contacts.note(bleuet.viewer(), contact_id=contact.pk, text=MARK)
    contacts.reply(bleuet.viewer(), contact_id=contact.pk, text=MARK, subject=MARK)
    advisor = Client(raise_request_exception=False)
    advisor.force_login(bleuet.advisor)
    for path in (f"/customers/?q={MARK}", f"/customers/search/?q={MARK}", f"/contacts/{contact.pk}/"):
        advisor.get(path)
    advisor.post("/customers/new/", {"last_name": MARK, "email": MARK, "phone": MARK})


def _by_programs(bleuet: Company) -> None:
    machine = program(bleuet.administrator)
    machine.get(f"/customers?q={MARK}&email={MARK}@exemple.test")
    machine.post("/customers", {"last_name": MARK, "principal": "bleuet", "wrong": MARK})
    machine.post("/customers", f"not json {MARK}")
    Client().get("/api/v1/customers", headers={"Authorization": f"Bearer {MARK}"})
    webhooks.subscribe(
        bleuet.viewer("administrator"), principal_id=bleuet.principal.pk, url=f"https://exemple.test/{MARK}"
    )


def _when_something_breaks(bleuet: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake of ours, in a request that carries words: its trace names places, never values."""

    def broken(*_: object, **__: object) -> None:
        words = MARK  # a local variable, which reports of errors like to print
        raise RuntimeError(f"broken by {len(words)} letters")

    monkeypatch.setattr("ligne.contacts.views.exchange.show", broken)
    monkeypatch.setattr("ligne.staff.reads.timesheet_of", broken)
    advisor = Client(raise_request_exception=False)
    advisor.force_login(bleuet.advisor)
    assert advisor.get(f"/staff/me/?q={MARK}").status_code == 500
