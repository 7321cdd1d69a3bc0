"""The public pages and endpoints, and the advisor's fragment."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from ligne.channels.web import reads
from ligne.contacts.models import CallBack
from tests import world
from tests.channels.web.test_services import TOKEN, ask, in_hand


@pytest.fixture
def customer() -> Client:
    return Client(headers={"Accept-Language": "fr"})


def form(**facts: str) -> dict[str, str]:
    return {"form_token": TOKEN, "phone": "06 12 34 56 78", "start": "now", "topic": "", "name": ""} | facts


def test_a_customer_asks_moves_and_cancels_without_an_account(garance: world.Company, customer: Client) -> None:
    page = customer.get("/callback/garance-voice/").content.decode()
    assert "Demander à être rappelé(e)" in page
    assert "publicité" in page
    asked = customer.post("/callback/garance-voice/", form(topic="<script>alert(1)</script>"))
    assert asked.status_code == 302
    shown = customer.get(asked["Location"])
    body = shown.content.decode()
    assert "06\xa012\xa034\xa056\xa078" in body
    assert "<script>alert" not in body
    assert shown["Referrer-Policy"] == "no-referrer"
    slot = reads.offer("garance-voice").slots[2][0].isoformat()
    assert customer.post(f"{asked['Location']}move/", {"start": slot}).status_code == 302
    assert CallBack.objects.get().window_start.isoformat() == slot
    assert customer.post(f"{asked['Location']}cancel/").status_code == 302
    assert "Cet appel est annulé" in customer.get(asked["Location"]).content.decode()
    assert customer.post(f"{asked['Location']}move/", {"start": slot}).status_code == 409
    assert CallBack.objects.get().state == "cancelled"


def test_the_same_form_sent_twice_promises_once(garance: world.Company, customer: Client) -> None:
    places = {customer.post("/callback/garance-voice/", form())["Location"].split(":")[0] for _ in range(2)}
    assert CallBack.objects.count() == 1
    assert len(places) == 1


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"phone": "12"}, "n’est pas un numéro de téléphone"),
        ({"phone": "0899123456"}, "surtaxé"),
        ({"phone": ""}, "obligatoire"),
        ({"start": "2020-01-01T10:00:00+00:00"}, "start"),
        ({"start": "demain"}, "start"),
    ],
)
def test_what_does_not_fit_is_told_and_what_was_typed_is_kept(
    garance: world.Company, customer: Client, facts: dict[str, str], sentence: str
) -> None:
    answer = customer.post("/callback/garance-voice/", form(topic="Mon lave-linge", **facts))
    body = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in body
    assert "Mon lave-linge" in body
    assert not CallBack.objects.exists()


def test_a_closed_queue_offers_only_moments_to_come(garance: world.Company, customer: Client) -> None:
    garance.queues["voice"].hours = {"tue": [["09:00", "18:00"]]}
    garance.queues["voice"].save()
    body = customer.get("/callback/garance-voice/").content.decode()
    assert "Nous sommes fermés" in body
    assert 'value="now"' not in body
    assert customer.get("/callback/inconnue/").status_code == 404


def test_a_wrong_link_leads_nowhere(garance: world.Company, customer: Client) -> None:
    ask()
    for path in ("/callback/promise/xx:yy/", "/callback/promise/MQ/"):
        assert customer.get(path).status_code == 404
        assert customer.post(f"{path}cancel/").status_code == 404
    assert CallBack.objects.get().state == "promised"


def post(client: Client, body: dict[str, Any]) -> Any:
    return client.post("/callback/api/", json.dumps(body), content_type="application/json")


def test_a_site_asks_for_a_call(garance: world.Company, customer: Client) -> None:
    offered = customer.get("/callback/api/slots/garance-voice/")
    assert offered["Access-Control-Allow-Origin"] == "*"
    slots = offered.json()
    assert slots["now"] is True
    assert slots["slots"][0]["label"].startswith("lundi 23 novembre")
    body = {"queue": "garance-voice", "form_token": TOKEN, "phone": "0612345678", "start": slots["slots"][1]["start"]}
    first, second = post(customer, body), post(customer, body)
    assert first.status_code == second.status_code == 201
    assert first.json()["when"].startswith("aujourd’hui, entre")
    assert customer.get(first.json()["url"]).status_code == 200
    assert CallBack.objects.count() == 1


def test_a_site_is_told_why_not(garance: world.Company, customer: Client) -> None:
    body = {"queue": "garance-voice", "form_token": TOKEN, "phone": "bonjour", "start": ""}
    refused = post(customer, body)
    assert (refused.status_code, refused.json()["field"]) == (422, "phone")
    assert refused["Access-Control-Allow-Origin"] == "*"
    assert post(customer, body | {"phone": "0612345678", "start": "demain"}).json()["error"] == "slot_gone"
    assert post(customer, body | {"phone": "0612345678", "start": "2026-11-24T10:00"}).status_code == 422
    assert not CallBack.objects.exists()


def test_the_advisor_sees_the_number_and_says_what_the_call_came_to(
    garance: world.Company, bleuet: world.Company
) -> None:
    promise, contact = in_hand(garance)
    path = f"/callback/desk/{contact.pk}/"

    def signed_in(user: Any) -> Client:
        client = Client(headers={"Accept-Language": "fr"})
        client.force_login(user)
        return client

    assert "tel:+33612345678" in signed_in(garance.advisor).get(path).content.decode()
    assert 'value="reached"' not in signed_in(garance.supervisor).get(path).content.decode()
    assert signed_in(bleuet.advisor).get(path).status_code == 404
    assert signed_in(garance.quality).post(path, {"result": "reached"}).status_code == 403
    promise.refresh_from_db()
    assert promise.attempts == 0
    told = signed_in(garance.advisor).post(path, {"result": "no_answer"}).content.decode()
    assert "prochaine tentative" in told
    promise.refresh_from_db()
    assert (promise.attempts, promise.state) == (1, "promised")
