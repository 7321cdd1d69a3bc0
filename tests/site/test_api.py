from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from ligne.contacts.models import CallBack, Contact, Message
from ligne.customers.models import Customer
from ligne.journal.models import Entry
from ligne.kit import clock
from ligne.kit.viewer import Viewer
from ligne.routing.models import WorkItem
from ligne.staff.models import ApiToken, Presence
from ligne.staff.services import tokens
from tests.world import Company

from .conftest import Program, program

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(bleuet: Company) -> Program:
    return program(bleuet.advisor)


ARRIVAL = {
    "channel": "email",
    "queue": "bleuet-email",
    "from": {"email": "anne@exemple.test", "name": "Anne"},
    "subject": "Ma facture",
    "text": "Bonjour",
    "external_id": "shop-1",
}


def test_without_a_token_nothing_answers(bleuet: Company) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer " + "x" * 5000},
    ):
        answer = Client().get("/api/v1/customers", headers=headers)
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Bearer")
        assert answer.json()["error"] == "unauthorized"


def test_a_signed_in_browser_is_no_program(bleuet: Company) -> None:
    browser = Client()
    browser.force_login(bleuet.advisor)
    assert browser.get("/api/v1/customers").status_code == 401


def test_a_token_is_kept_as_a_digest_and_may_be_revoked(bleuet: Company, shop: Program) -> None:
    row = ApiToken.objects.get()
    assert shop.secret not in str(vars(row))
    assert row.last_used_at is None
    assert shop.get("/queues").status_code == 200
    row.refresh_from_db()
    assert row.last_used_at is not None
    tokens.revoke(Viewer.system(), token_id=row.pk)
    assert shop.get("/queues").status_code == 401


def test_a_token_ends_and_goes_with_its_person(bleuet: Company, shop: Program) -> None:
    ApiToken.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    assert shop.get("/queues").status_code == 401
    ApiToken.objects.update(expires_at=None)
    assert shop.get("/queues").status_code == 200
    type(bleuet.advisor).objects.filter(pk=bleuet.advisor.pk).update(is_active=False)
    assert shop.get("/queues").status_code == 401


def test_scopes_narrow_a_token(bleuet: Company) -> None:
    reader = program(bleuet.advisor, "customers:read")
    assert reader.get("/customers").status_code == 200
    refused = reader.post("/customers", {"last_name": "Petit"})
    assert (refused.status_code, refused.json()["error"]) == (403, "forbidden")
    assert "customers:write" in refused.json()["message"]
    assert not Customer.objects.exists()
    assert reader.get("/contacts").status_code == 403


def test_customers_are_opened_found_and_read(shop: Program) -> None:
    made = shop.post(
        "/customers",
        {"first_name": "Anne", "last_name": "Lefèvre", "phones": ["06 12 34 56 78"], "emails": ["anne@exemple.test"]},
    )
    assert made.status_code == 201, made.content
    facts = made.json()
    assert facts["phones"] == ["+33612345678"]
    for query in ("phone=%2B33612345678", "phone=06 12 34 56 78", "email=ANNE@exemple.test", "q=lefevre"):
        found = shop.get(f"/customers?{query}").json()
        assert [c["id"] for c in found["items"]] == [facts["id"]], query
        assert {"id", "kind", "display_name", "phones", "emails"} <= found["items"][0].keys()
        assert found["next"] is None
    assert shop.get(f"/customers/{facts['id']}").json() == facts


def test_customers_come_by_pages(bleuet: Company, shop: Program) -> None:
    for name in ("Aubert", "Blanc", "Caron"):
        bleuet.customer(last_name=name)
    first = shop.get("/customers?limit=2").json()
    second = shop.get(f"/customers?limit=2&cursor={first['next']}").json()
    names = [c["display_name"].split()[-1] for c in first["items"] + second["items"]]
    assert names == ["Aubert", "Blanc", "Caron"]
    assert second["next"] is None


def test_what_does_not_fit_is_named(shop: Program) -> None:
    refused = shop.post("/customers", {"phones": ["12"]})
    assert (refused.status_code, refused.json()["error"], refused.json()["field"]) == (422, "invalid", "phone")
    assert not Customer.objects.exists()
    refused = shop.post("/customers", {"last_name": 5})
    assert (refused.status_code, refused.json()["field"]) == (422, "last_name")
    assert shop.get("/customers?limit=0").json()["field"] == "limit"
    assert shop.get("/customers?cursor=~~~").status_code == 422


def test_a_contact_arrives_once(bleuet: Company, shop: Program) -> None:
    first = shop.post("/contacts", ARRIVAL)
    again = shop.post("/contacts", ARRIVAL)
    assert (first.status_code, again.status_code) == (201, 200), first.content
    assert first.json()["id"] == again.json()["id"]
    assert Contact.objects.count() == 1
    facts = shop.get(f"/contacts/{first.json()['id']}").json()
    assert {
        "id", "state", "channel", "queue", "customer_id", "advisor", "arrived_at", "offered_at", "accepted_at",
        "wrapped_up_at", "outcome",
    } <= facts.keys()  # fmt: skip
    assert (facts["channel"], facts["queue"], facts["outcome"]) == ("email", "bleuet-email", None)
    assert [m["text"] for m in shop.get(f"/contacts/{facts['id']}/messages").json()["items"]] == ["Bonjour"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"queue": "nowhere"}, "queue"),
        ({"channel": "telex"}, "channel"),
        ({"from": {}}, "from"),
        ({"from": {"name": "a\u0000b"}}, "from.name"),
        ({"text": 12}, "text"),
    ],
)
def test_an_arrival_that_does_not_fit_makes_nothing(shop: Program, change: dict[str, object], field: str) -> None:
    refused = shop.post("/contacts", ARRIVAL | change)
    assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert not Contact.objects.exists()


def test_an_exchange_is_handled_through_the_api(bleuet: Company, shop: Program) -> None:
    contact = bleuet.in_hand()
    answer = shop.post(f"/contacts/{contact.pk}/replies", {"text": "Voici le détail."})
    assert (answer.status_code, answer.json()["sending"]) == (201, "held"), answer.content
    assert shop.post(f"/contacts/{contact.pk}/notes", {"text": "Rappeler"}).json()["kind"] == "note"
    refused = shop.post(f"/contacts/{contact.pk}/wrap-up", {"outcome": "resolved", "next_step": "none"})
    assert (refused.status_code, refused.json()["field"]) == (422, "reason")
    closed = shop.post(
        f"/contacts/{contact.pk}/wrap-up", {"reason": "facture", "outcome": "resolved", "next_step": "none"}
    )
    assert (closed.status_code, closed.json()["state"], closed.json()["outcome"]) == (200, "closed", "resolved")
    assert closed.json()["advisor"] == bleuet.advisor.email
    entry = Entry.objects.get(kind="contact.closed")
    assert (entry.actor_id, entry.actor_kind) == (bleuet.advisor.pk, "program")


def test_only_who_has_the_exchange_answers(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    other = program(bleuet.colleague)
    assert other.post(f"/contacts/{contact.pk}/replies", {"text": "Moi"}).status_code == 403
    assert program(bleuet.quality).post(f"/contacts/{contact.pk}/notes", {"text": "Moi"}).status_code == 403
    assert set(Message.objects.values_list("kind", flat=True)) == {"in"}


def test_queues_say_who_waits(bleuet: Company, shop: Program) -> None:
    Presence.objects.update(state="break", reason="lunch")
    shop.post("/contacts", ARRIVAL)
    WorkItem.objects.update(entered_at=clock.ago(seconds=90))
    line = next(q for q in shop.get("/queues").json()["items"] if q["slug"] == "bleuet-email")
    assert line["waiting"] == 1
    assert line["oldest_wait"] >= 90
    assert line["advisors"] == {"break": 2}


def test_presence_is_put_for_oneself(bleuet: Company, shop: Program) -> None:
    put = shop.ask("put", "/me/presence", {"state": "break", "reason": "lunch"})
    assert (put.status_code, put.json()["state"], put.json()["reason"]) == (200, "break", "lunch"), put.content
    assert Presence.objects.get(user=bleuet.advisor).state == "break"
    refused = shop.ask("put", "/me/presence", {"state": "asleep"})
    assert refused.status_code == 422
    assert Presence.objects.get(user=bleuet.advisor).state == "break"


def test_call_backs_are_promised_listed_and_cancelled(bleuet: Company, shop: Program) -> None:
    start = clock.now() + timedelta(days=1)
    asked = {
        "phone": "06 12 34 56 78",
        "queue": "bleuet-voice",
        "window_start": start.isoformat(),
        "window_end": (start + timedelta(hours=1)).isoformat(),
        "external_id": "c-1",
    }
    first, again = shop.post("/call-backs", asked), shop.post("/call-backs", asked)
    assert (first.status_code, first.json()["id"]) == (201, again.json()["id"]), first.content
    assert CallBack.objects.count() == 1
    assert [c["phone"] for c in shop.get("/call-backs").json()["items"]] == ["+33612345678"]
    gone = shop.ask("delete", f"/call-backs/{first.json()['id']}")
    assert (gone.status_code, gone.json()["state"]) == (200, "cancelled")
    assert shop.get("/call-backs").json()["items"] == []


def test_the_journal_is_read_by_pages(bleuet: Company, shop: Program) -> None:
    customer = bleuet.customer()
    for _ in range(3):
        bleuet.arrival(customer_id=customer.pk)
    first = shop.get(f"/journal?customer_id={customer.pk}&kind=contact.arrived&limit=2").json()
    second = shop.get(f"/journal?customer_id={customer.pk}&kind=contact.arrived&cursor={first['next']}").json()
    ids = [entry["id"] for entry in first["items"] + second["items"]]
    assert len(set(ids)) == 3
    assert ids == sorted(ids, reverse=True)
    assert first["items"][0]["personal"]["from_email"] == "anne@exemple.test"
    assert "from_email" not in first["items"][0]["data"]


def test_another_company_sees_nothing(bleuet: Company, garance: Company) -> None:
    customer, contact = bleuet.customer(), bleuet.in_hand()
    stranger = program(garance.advisor)
    assert stranger.get(f"/customers/{customer.pk}").status_code == 404
    assert stranger.get(f"/contacts/{contact.pk}").status_code == 404
    assert stranger.get(f"/contacts/{contact.pk}/messages").status_code == 404
    assert stranger.post(f"/contacts/{contact.pk}/notes", {"text": "x"}).status_code == 404
    assert stranger.post("/contacts", ARRIVAL).status_code == 422  # that queue does not exist for it
    assert {q["principal"] for q in stranger.get("/queues").json()["items"]} == {"Garance"}
    for listing in (
        "/customers",
        "/contacts",
        f"/journal?customer_id={customer.pk}",
        f"/contacts?customer_id={customer.pk}",
    ):
        assert stranger.get(listing).json()["items"] == []
    entry = Entry.objects.filter(principal_id=bleuet.principal.pk).latest("pk")
    assert stranger.get(f"/journal?cursor={entry.pk}").json()["items"] == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/contacts/0", 422),
        ("/contacts/-5", 422),
        ("/contacts/99999999", 404),
        (f"/contacts/{2**63}", 422),
        (f"/contacts/{10**30}", 422),
        ("/contacts/abc", 422),
        ("/customers?q=%00", 422),
        ("/customers?phone=%00", 422),
        ("/customers?q=%ff%fe", 200),
        (f"/customers?q={'9' * 300}", 200),
        (f"/customers?q={'x' * 301}", 422),
        (f"/customers?cursor={'x' * 501}", 422),
        (f"/contacts?cursor={'9' * 30}", 422),
        ("/contacts?cursor=%D9%A3", 422),
        ("/journal?since=yesterday", 422),
        ("/journal?since=0001-01-01T00:00:00%2B14:00", 422),
        ("/journal?until=9999-12-31T23:59:59-14:00", 422),
        ("/nothing", 404),
    ],
)
def test_odd_addresses_have_a_clear_answer(shop: Program, path: str, status: int) -> None:
    answer = shop.get(path)
    assert answer.status_code == status, answer.content


ODD_BODIES = ["", "{", "[]", "5", "null", '"x"', "\ud800", '{"a":' * 5000]
ODD_NAMES = ['{"last_name": "\\ud800"}', '{"last_name": "\\u0000"}', '{"last_name": 1e400}']


@pytest.mark.parametrize("body", [*ODD_BODIES, *ODD_NAMES], ids=lambda body: ascii(body)[:20])
def test_odd_bodies_are_refused(shop: Program, body: str) -> None:
    answer = shop.client.post(
        "/api/v1/customers",
        data=body.encode("utf-8", "surrogatepass"),
        content_type="application/json",
        headers={"Authorization": f"Bearer {shop.secret}"},
    )
    assert answer.status_code == 422, answer.content
    assert {"error", "message", "field"} <= answer.json().keys()
    assert not Customer.objects.exists()


def test_a_body_that_is_too_large_is_not_read(shop: Program) -> None:
    answer = shop.post("/customers", {"last_name": "x" * (3 * 1024 * 1024)})
    assert (answer.status_code, answer.json()["error"]) == (413, "too_large")


def test_a_program_that_floods_is_slowed(shop: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    from ligne.site import api

    monkeypatch.setattr(api, "PACE", 3)
    answers = [shop.get("/queues") for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0


def test_the_description_is_complete(shop: Program) -> None:
    described = Client().get("/api/v1/openapi.json").json()
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            assert operation["description"], (method, path)
            assert "401" in operation["responses"], (method, path)
            assert operation["security"], (method, path)
