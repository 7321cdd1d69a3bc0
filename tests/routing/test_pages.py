"""Fragments and pages, over HTTP as a browser asks for them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from ligne.journal.models import Entry
from ligne.kit.viewer import Viewer
from ligne.routing import services
from ligne.routing.models import Loan, Queue
from ligne.staff.models import Principal, Skill, User
from tests.routing import house

pytestmark = pytest.mark.django_db

HTMX = {"HTTP_HX_REQUEST": "true"}


def browser(viewer: Viewer) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=viewer.user_id))
    return client


@pytest.fixture
def bleuet() -> Principal:
    return house.principal()


def test_the_work_list_shows_an_offer_and_accepting_opens_it(
    bleuet: Principal, django_assert_max_num_queries: Any
) -> None:
    nadia = house.person(bleuet)
    contact = house.arrive(house.queue(bleuet, members=(nadia,)))
    services.assign()
    client = browser(nadia)
    with django_assert_max_num_queries(12):
        page = client.get("/work/mine/", **HTMX).content.decode()
    item = house.item(contact)
    assert 'data-lc-act="accept"' in page
    assert f'data-item="{item.pk}"' in page
    answer = client.post(f"/work/{item.pk}/accept/", **HTMX)
    assert json.loads(answer["HX-Trigger"]) == {"lc:open": {"contact": contact.pk}}
    assert 'data-state="active"' in answer.content.decode()


def test_without_scripts_accepting_leads_to_the_exchange(bleuet: Principal) -> None:
    nadia = house.person(bleuet)
    contact = house.arrive(house.queue(bleuet, members=(nadia,)))
    services.assign()
    answer = browser(nadia).post(f"/work/{house.item(contact).pk}/accept/")
    assert (answer.status_code, answer["Location"]) == (302, f"/?contact={contact.pk}")


def test_an_offer_that_went_elsewhere_is_a_conflict_in_words(bleuet: Principal) -> None:
    nadia, yanis = house.person(bleuet), house.person(bleuet)
    contact = house.arrive(house.queue(bleuet, members=(nadia,)))
    services.assign()
    answer = browser(yanis).post(f"/work/{house.item(contact).pk}/accept/", **HTMX)
    assert answer.status_code == 409
    assert house.item(contact).advisor_id == nadia.user_id


def test_declining_shows_the_list_again(bleuet: Principal) -> None:
    nadia = house.person(bleuet)
    contact = house.arrive(house.queue(bleuet, members=(nadia,)))
    services.assign()
    address = f"/work/{house.item(contact).pk}/decline/"
    answer = browser(nadia).post(address, {"reason": "skill"}, **HTMX)
    assert answer.status_code == 200
    assert house.item(contact).state == "waiting"


def test_declining_without_a_reason_is_refused_and_the_offer_stays(bleuet: Principal) -> None:
    nadia = house.person(bleuet)
    contact = house.arrive(house.queue(bleuet, members=(nadia,)))
    services.assign()
    for said in ({}, {"reason": "sans raison"}):
        answer = browser(nadia).post(f"/work/{house.item(contact).pk}/decline/", said, **HTMX)
        assert answer.status_code == 422
    assert (house.item(contact).state, house.item(contact).advisor_id) == ("offered", nadia.user_id)
    assert 'value="skill"' in browser(nadia).get("/work/mine/", **HTMX).content.decode()


def test_the_floor_sees_what_was_declined_and_why(bleuet: Principal) -> None:
    nadia, chief = house.person(bleuet), house.person(bleuet, role="supervisor", state="")
    stranger = house.person(house.principal("garance"), role="supervisor", state="")
    contact = house.arrive(house.queue(bleuet, members=(nadia,)))
    services.assign()
    services.decline(nadia, item_id=house.item(contact).pk, reason="personal")
    shown = browser(chief).get("/work/declined/", **HTMX).content.decode()
    assert "Je connais cette personne en privé" in shown
    assert f"/contacts/{contact.pk}/" in shown
    assert f"/contacts/{contact.pk}/" not in browser(stranger).get("/work/declined/", **HTMX).content.decode()
    assert browser(nadia).get("/work/declined/", **HTMX).status_code == 403


def test_the_bar_and_the_line(bleuet: Principal, django_assert_max_num_queries: Any) -> None:
    nadia = house.person(bleuet)
    line = house.queue(bleuet, "chat-bleuet", members=(nadia,))
    for _ in range(3):
        house.arrive(line)
    client = browser(nadia)
    with django_assert_max_num_queries(16):
        assert "3" in client.get("/work/bar/", **HTMX).content.decode()
    for asked in ({}, HTMX):
        shown = client.get("/work/queue/chat-bleuet/", **asked).content.decode()  # type: ignore[arg-type]
        assert shown.count("/take/") in {1, 2}  # only the oldest, whose form names its address twice
    assert client.get("/work/queue/garance/", **HTMX).status_code == 404


def test_handing_on_asks_for_a_note_and_then_does_it(bleuet: Principal) -> None:
    nadia = house.person(bleuet)
    line, other = house.queue(bleuet, members=(nadia,)), house.queue(bleuet, "autre")
    contact = house.arrive(line)
    services.assign()
    services.accept(nadia, item_id=house.item(contact).pk)
    client = browser(nadia)
    assert "queue:autre" in client.get(f"/work/transfer/{contact.pk}/", **HTMX).content.decode()
    wrong = client.post(f"/work/transfer/{contact.pk}/", {"to": "queue:autre", "note": ""}, **HTMX)
    assert wrong.status_code == 422
    assert 'role="alert"' in wrong.content.decode()
    done = client.post(f"/work/transfer/{contact.pk}/", {"to": "queue:autre", "note": "Suite"}, **HTMX)
    assert done.status_code == 204
    assert house.item(contact).queue == other


def test_lending_from_the_floor(bleuet: Principal) -> None:
    claire, nadia = house.person(bleuet, role="supervisor"), house.person(bleuet)
    line = house.queue(bleuet)
    client = browser(claire)
    address = f"/work/lend/{line.pk}/"
    assert client.post(address, {"user": nadia.user_id, "minutes": "60"}, **HTMX).status_code == 204
    assert Loan.objects.get().user_id == nadia.user_id
    assert client.post(address, {"user": nadia.user_id, "minutes": "0"}, **HTMX).status_code == 204
    assert not Loan.objects.exists()
    assert client.post(address, {"user": "x"}, **HTMX).status_code == 422
    assert browser(nadia).post(address, {"user": nadia.user_id}, **HTMX).status_code == 403


@pytest.mark.parametrize("address", ["/work/mine/", "/work/bar/", "/work/queue/x/", "/office/queues/"])
def test_visitors_are_sent_to_sign_in(client: Client, address: str) -> None:
    assert client.get(address).status_code == 302
    assert client.get(address, **HTMX).status_code == 401


class TestOffice:
    def test_a_queue_is_made_and_set(self, bleuet: Principal) -> None:
        sophie = house.person(bleuet, role="administrator", state="")
        nadia = house.person(bleuet)
        Skill.objects.create(principal=bleuet, slug="sav", name="SAV")
        house.queue(bleuet, "ancienne", channels=["email", "chat"], fallback=True)
        client = browser(sophie)
        made = client.post("/office/queues/new/", {"principal_id": bleuet.pk, "name": "SAV", "slug": "sav"})
        assert made["Location"] == "/office/queues/sav/"
        form = _form(Queue.objects.get(slug="sav")) | {
            "hours_mon": "9:00-12h30, 13:30-24:00",
            "skill_sav": "3",
            "channels": ["email"],
            "fallback": "on",
            "members": [nadia.user_id],
            "overflow_to": "ancienne",
            "closed_on_holidays": "on",
        }
        assert client.post("/office/queues/sav/", form).status_code == 302
        queue = Queue.objects.get(slug="sav")
        assert queue.hours == {"mon": [["09:00", "12:30"], ["13:30", "24:00"]]}
        assert (queue.skills, queue.channels, queue.fallback) == ({"sav": 3}, ["email"], True)
        assert [m.pk for m in queue.members.all()] == [nadia.user_id]
        other = Queue.objects.get(slug="ancienne")
        assert (other.channels, other.fallback) == (["chat"], False)
        assert Entry.objects.filter(kind="queue.changed", subject_id=queue.pk).count() == 2

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("hours_mon", "12:00-9:00"),
            ("hours_mon", "toujours"),
            ("hours_mon", "09:00-12:00, 11:00-13:00"),
            ("target_share", "101"),
            ("offer_s", "1"),
            ("name", " "),
            ("overflow_to", "inconnue"),
            ("members", "999999"),
        ],
    )
    def test_what_does_not_fit_is_said_and_nothing_is_saved(self, bleuet: Principal, field: str, value: str) -> None:
        sophie = house.person(bleuet, role="administrator", state="")
        queue = house.queue(bleuet, "sav", hours={"tue": [["09:00", "12:00"]]})
        answer = browser(sophie).post("/office/queues/sav/", _form(queue) | {"hours_tue": "09:00-12:00", field: value})
        assert answer.status_code == 422
        assert "lc-wrong" in answer.content.decode() or 'role="alert"' in answer.content.decode()
        queue.refresh_from_db()
        assert (queue.hours, queue.version) == ({"tue": [["09:00", "12:00"]]}, 1)

    def test_a_stale_form_overwrites_nothing(self, bleuet: Principal) -> None:
        sophie = house.person(bleuet, role="administrator", state="")
        queue = house.queue(bleuet, "sav")
        form = _form(queue) | {"always": "on"}
        client = browser(sophie)
        assert client.post("/office/queues/sav/", form | {"name": "Un"}).status_code == 302
        stale = client.post("/office/queues/sav/", form | {"name": "Deux"})
        assert stale.status_code == 409
        assert 'value="Un"' in stale.content.decode()
        assert "<dd><pre>Deux</pre></dd>" in stale.content.decode()
        assert Queue.objects.get().name == "Un"

    def test_another_principals_queue_does_not_exist(self, bleuet: Principal) -> None:
        house.queue(house.principal("garance"), "garance-sav")
        sophie = house.person(bleuet, role="administrator", state="")
        client = browser(sophie)
        assert client.get("/office/queues/garance-sav/").status_code == 404
        assert "garance-sav" not in client.get("/office/queues/").content.decode()

    def test_advisors_stay_out(self, bleuet: Principal) -> None:
        house.queue(bleuet, "sav")
        client = browser(house.person(bleuet))
        assert client.get("/office/queues/").status_code == 403
        assert client.post("/office/queues/sav/", {"name": "Autre"}).status_code == 403

    def test_the_list_costs_the_same_for_many_queues(
        self, bleuet: Principal, django_assert_max_num_queries: Any
    ) -> None:
        sophie = house.person(bleuet, role="administrator", state="")
        for _ in range(12):
            house.queue(bleuet)
        client = browser(sophie)
        with django_assert_max_num_queries(11):
            assert client.get("/office/queues/").status_code == 200


def _form(queue: Queue) -> dict[str, Any]:
    """What the office's form of this queue would send unchanged, hours apart."""
    return {
        "version": queue.version,
        "name": queue.name,
        "active": "on",
        "priority": queue.priority,
        "target_share": queue.target_share,
        "target_s": queue.target_s,
        "handling_target_s": queue.handling_target_s,
        "offer_s": queue.offer_s,
        "relax_after_s": queue.relax_after_s,
        "overflow_to": "",
        "overflow_after_s": queue.overflow_after_s,
    }
