"""The floor's fragments and pages over HTTP."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from ligne.kit import clock
from ligne.routing.models import Loan
from ligne.staff import services as staff_services
from ligne.staff.models import User
from ligne.supervision.reads import reports
from tests.supervision.conftest import NOON, Floor, later

LEADS = ["advisors", "alerts", "advisors_page", "message"]
FOLLOWS = ["board", "arrivals", "late", "contacts", "history", "history_csv"]
BY = reports.BY
EVERYBODY = ["results", "notices"]


def _client(floor: Floor, who: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=floor.people[who].pk))
    return client


@pytest.mark.parametrize("name", LEADS + FOLLOWS + EVERYBODY)
def test_who_sees_what(floor: Floor, name: str) -> None:
    url = reverse(f"supervision:{name}")
    assert _client(floor, "claire").get(url).status_code == 200
    assert _client(floor, "hugo").get(url).status_code == (403 if name in LEADS else 200)
    assert _client(floor, "nadia").get(url).status_code == (200 if name in EVERYBODY else 403)
    assert Client().get(url).status_code == 302


def test_a_whole_floor_is_drawn(floor: Floor) -> None:
    staff_services.connect(floor.people["nadia"].pk)
    staff_services.set_presence(floor.viewer("nadia"), user_id=floor.people["nadia"].pk, state="available")
    floor.answer(later(seconds=10), floor.arrive(NOON, name="Anne Lefèvre"))
    floor.arrive(NOON, name="Parti ?")
    floor.arrive(NOON, floor.elsewhere, name="Secret")
    client = _client(floor, "claire")
    with clock.at(later(minutes=40)):
        pages = {name: client.get(reverse(f"supervision:{name}")).content.decode() for name in LEADS + FOLLOWS}
        files = {by: client.get(reverse("supervision:history_csv") + f"?by={by}").content.decode() for by in BY}
        shown = {by: client.get(reverse("supervision:history") + f"?by={by}").content.decode() for by in BY}
    assert "50" in pages["board"]
    assert 'width="80.0"' in pages["board"]  # half of the bar, whatever the decimal sign of the language
    assert "Parti ?" in pages["late"]
    assert "Anne Lefèvre" in pages["advisors_page"]
    assert "<polyline" in pages["arrivals"]
    assert "au-delà de sa limite" in pages["alerts"]
    assert "Anne Lefèvre" in pages["contacts"]
    assert "Chat;2;;1" in files["detail"]
    assert "13;2" not in files["hour"]
    assert "12;2" in files["hour"]
    assert "novembre 2026" in shown["month"]
    assert "Semaine 48" in shown["week"]
    everything = [*pages.values(), *files.values(), *shown.values()]
    assert not any("Secret" in page or "Ailleurs" in page for page in everything)


@pytest.mark.parametrize(
    "asked", ["figure=x", "day=nope", "slot=99", "advisor=abc", "after=%00", "queue=%27", "after=inf-1"]
)
def test_odd_addresses_are_no_errors(floor: Floor, asked: str) -> None:
    assert _client(floor, "claire").get(reverse("supervision:contacts") + f"?{asked}").status_code == 200


def test_odd_periods_are_told(floor: Floor) -> None:
    page = _client(floor, "claire").get(reverse("supervision:history") + "?first=2026-11-02&last=2026-11-01")
    assert page.status_code == 422
    assert "Choisissez une période" in page.content.decode()


def test_messages_go_out_and_are_read(floor: Floor) -> None:
    url = reverse("supervision:message")
    assert _client(floor, "claire").post(url, {"text": ""}).status_code == 422
    assert _client(floor, "claire").post(url, {"text": "Incident <b>fibre</b>"}).status_code == 200
    nadia = _client(floor, "nadia")
    page = nadia.get(reverse("supervision:notices")).content.decode()
    assert "1 consigne à lire" in page
    assert "&lt;b&gt;" in page
    notice = floor.people["nadia"].pk and page.split("/supervision/notices/")[2].split("/")[0]
    assert "consigne" not in nadia.post(reverse("supervision:notice_read", args=[notice])).content.decode()


def test_an_advisor_is_lent_for_an_hour(floor: Floor) -> None:
    url = reverse("supervision:lend", args=[floor.people["nadia"].pk])
    assert _client(floor, "claire").post(url, {"queue": floor.mail.pk}, headers={"HX-Request": "1"}).status_code == 204
    assert Loan.objects.get().queue == floor.mail
    assert _client(floor, "claire").post(url, {"queue": floor.elsewhere.pk}).status_code == 404
    assert _client(floor, "claire").post(url, {"queue": "x"}).status_code == 422
    assert Loan.objects.count() == 1


def test_an_exchange_is_handed_on(floor: Floor) -> None:
    contact = floor.answer(later(seconds=10), floor.arrive(NOON))
    url = reverse("supervision:transfer", args=[contact.pk])
    client = _client(floor, "claire")
    client.post(url, {"queue": "courriel", "note": ""})
    contact.refresh_from_db()
    assert contact.state == "active"
    client.post(url, {"queue": "courriel", "note": "Facture à revoir", "back": "https://evil.test/"})
    contact.refresh_from_db()
    assert (contact.state, contact.queue) == ("waiting", "courriel")
