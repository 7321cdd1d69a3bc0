"""A request sent again with its key is done once."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from ligne.contacts.models import Message
from ligne.kit import clock, once
from ligne.staff.models import Presence
from tests.world import Company, company

from .conftest import Program, program

pytestmark = pytest.mark.django_db


@pytest.fixture
def bleuet() -> Company:
    return company("bleuet")


def note(program: Program, contact_id: int, key: str, text: str = "Rappeler demain.") -> Any:
    headers = {"Authorization": f"Bearer {program.secret}", "Idempotency-Key": key}
    path = f"/api/v1/contacts/{contact_id}/notes"
    return program.client.post(path, {"text": text}, content_type="application/json", headers=headers)


def notes() -> int:
    return Message.objects.filter(kind="note").count()


def test_the_second_time_is_told_and_does_nothing(bleuet: Company) -> None:
    contact, desk = bleuet.in_hand(), program(bleuet.advisor)
    assert note(desk, contact.pk, "k1").status_code == 201
    again = note(desk, contact.pk, "k1")
    assert (again.status_code, again.json()["error"]) == (409, "already_done")
    assert notes() == 1


def test_another_key_is_another_request(bleuet: Company) -> None:
    contact, desk = bleuet.in_hand(), program(bleuet.advisor)
    assert [note(desk, contact.pk, key).status_code for key in ("k1", "k2", "", "")] == [201] * 4
    assert notes() == 4


def test_what_was_refused_may_be_sent_again_with_its_key(bleuet: Company) -> None:
    contact, desk = bleuet.in_hand(), program(bleuet.advisor)
    assert note(desk, contact.pk, "k1", text="").status_code == 422
    assert note(desk, contact.pk, "k1").status_code == 201


def test_the_same_key_of_somebody_else_is_theirs(bleuet: Company) -> None:
    contact = bleuet.in_hand()
    assert note(program(bleuet.advisor), contact.pk, "k1").status_code == 201
    assert note(program(bleuet.supervisor), contact.pk, "k1").status_code == 201
    assert notes() == 2


def test_a_page_s_form_heeds_it_as_well(bleuet: Company) -> None:
    browser = Client()
    browser.force_login(bleuet.advisor)
    headers = {"Idempotency-Key": "k1"}
    first = browser.post("/staff/presence/", {"state": "break"}, headers=headers)
    again = browser.post("/staff/presence/", {"state": "available"}, headers=headers)
    assert (first.status_code < 400, again.status_code) == (True, 409)
    assert Presence.objects.get(user=bleuet.advisor).state == "break"


def test_keys_are_forgotten_after_a_day(bleuet: Company) -> None:
    contact, desk = bleuet.in_hand(), program(bleuet.advisor)
    with clock.at(clock.ago(hours=25)):
        note(desk, contact.pk, "k1")
    once.forget_old()
    assert note(desk, contact.pk, "k1").status_code == 201
