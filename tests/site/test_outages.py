"""A lost database and a full disk are said plainly, in the language of who asks, and nothing is half done."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection
from django.test import Client

from ligne.channels.email import services, smtp
from ligne.channels.email.models import MailAccount, RawMail
from ligne.contacts.models import Contact
from ligne.kit import files, outages
from ligne.kit.errors import NoRoom
from ligne.site import errors
from tests.world import Company, company

MAIL = b"From: anne@exemple.test\r\nTo: service@bleuet.test\r\nSubject: Panne\r\nMessage-ID: <a@exemple.test>\r\n"
WITH_A_FILE = MAIL + (
    b"MIME-Version: 1.0\r\nContent-Type: application/pdf; name=a.pdf\r\n"
    b"Content-Disposition: attachment; filename=a.pdf\r\n\r\nbytes\r\n"
)


@contextmanager
def lost() -> Iterator[None]:
    """The database cannot be reached: really, by an address where none is."""
    right = connection.settings_dict["HOST"]
    connection.close()
    connection.settings_dict["HOST"] = "/nonexistent"
    try:
        yield
    finally:
        connection.settings_dict["HOST"] = right
        connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("language", "sentence"), [("fr", "ne joint pas sa base"), ("en", "cannot reach its database")]
)
def test_a_lost_database_is_said_to_people_and_programs(language: str, sentence: str) -> None:
    client = Client(raise_request_exception=False, headers={"Accept-Language": language})
    client.cookies["sessionid"] = "a-session-that-cannot-be-asked"
    with lost():
        page = client.get("/")
        fragment = client.get("/work/", headers={"HX-Request": "true"})
        chat = client.post("/chat/api/start/", data="{}", content_type="application/json")
        program = client.get("/api/v1/queues", headers={"Authorization": "Bearer x"})
        health = Client().get("/healthz")
    assert (page.status_code, page["Retry-After"]) == (503, "5")
    assert sentence in page.content.decode()
    assert "data-lc-error" in fragment.content.decode() or fragment.status_code == 404
    for answer in (chat, program):
        assert answer.status_code == 503
        assert answer.json()["error"] == "unavailable"
        assert sentence in answer.json()["message"]
    assert (health.status_code, health.json()["parts"]["database"]) == (503, "wrong")


@pytest.mark.django_db
def test_a_disk_that_is_full_for_the_database_is_known() -> None:
    with pytest.raises(OperationalError) as raised, connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'no space' USING ERRCODE = '53100'; END $$")
    outage = outages.of(raised.value)
    assert isinstance(outage, NoRoom)
    assert errors.status_of(outage) == 507
    assert outages.of(ValueError()) is None


@pytest.fixture
def bleuet(db: None) -> Company:
    made = company("bleuet")
    MailAccount.objects.create(principal=made.principal, address="service@bleuet.test")
    return made


def test_a_mail_is_refused_while_there_is_no_room_for_it(bleuet: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outages, "free_bytes", lambda: outages.RESERVE_BYTES)
    with pytest.raises(NoRoom):
        smtp._store(MAIL + b"\r\nBonjour\r\n", "anne@exemple.test", ["service@bleuet.test"])
    assert not RawMail.objects.exists()


def test_a_mail_that_was_kept_waits_for_room(bleuet: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    [raw] = services.store(WITH_A_FILE, envelope_from="anne@exemple.test", envelope_to=["service@bleuet.test"])

    def full(content: bytes) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(files, "store", full)
        for _ in range(5):
            assert services.handle(raw) == ""
    assert RawMail.objects.get().attempts == 0
    assert not Contact.objects.exists()
    assert services.handle(raw) == "contact"


def test_health_names_a_full_disk(bleuet: Company, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outages, "free_bytes", lambda: 0)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["parts"]["disk"]) == (503, "full")
