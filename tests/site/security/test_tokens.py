"""What a program's token opens, and what it never does."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client

from ligne.contacts.models import Contact
from ligne.kit import throttle
from ligne.site import api
from ligne.staff import services as staff
from tests.site.conftest import program
from tests.world import Company

pytestmark = pytest.mark.django_db
FAR = {"REMOTE_ADDR": "203.0.113.9"}


def operations() -> list[tuple[str, str]]:
    """(method, address) of everything that the interface offers."""
    paths = api.api.get_openapi_schema()["paths"]
    return [(method, re.sub(r"\{\w+\}", "1", path)) for path, offered in paths.items() for method in offered]


def test_no_operation_answers_without_a_token(bleuet: Company) -> None:
    assert len(operations()) > 15
    browser = Client()
    browser.force_login(bleuet.administrator)  # a cookie is no token
    for method, path in operations():
        for headers in ({}, {"Authorization": "Bearer lc_wrong"}, {"Authorization": "Basic YTpi"}):
            answer = getattr(browser, method)(path, headers=headers)
            assert answer.status_code == 401, (method, path, headers)


def test_a_token_ends_with_its_persons_account(bleuet: Company) -> None:
    machine = program(bleuet.advisor)
    assert machine.get("/customers").status_code == 200
    staff.deactivate(bleuet.viewer("administrator"), user_id=bleuet.advisor.pk)
    assert machine.get("/customers").status_code == 401


def test_the_same_key_of_two_companies_is_two_things(bleuet: Company, garance: Company) -> None:
    """What one company's program called "shop-1" is unknown to another's."""
    ids = set()
    for made in (bleuet, garance):
        slug = made.principal.slug
        facts = {"channel": "email", "queue": f"{slug}-email", "from": {"email": "a@exemple.test"}, "text": slug}
        facts |= {"external_id": "shop-1", "principal": slug}
        for _ in range(2):
            answer = program(made.advisor).post("/contacts", facts)
            assert answer.status_code in {200, 201}, answer.content
            ids.add(answer.json()["id"])
    assert len(ids) == Contact.objects.filter(external_id="shop-1").count() == 2


def test_tokens_are_not_guessed_by_one_source_whatever_process_it_meets(bleuet: Company) -> None:
    for _ in range(api.GUESSES):
        throttle.forget()  # the next request meets another process
        assert _wrong().status_code == 401
    refused = _wrong()
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert json.loads(refused.content)["message"]
    assert program(bleuet.advisor).get("/customers").status_code == 200, "a good one is not concerned"


def _wrong() -> Any:
    return Client().get("/api/v1/customers", headers={"Authorization": "Bearer lc_wrong"}, **FAR)  # type: ignore[arg-type]


def test_a_token_says_nothing_of_itself_afterwards(bleuet: Company) -> None:
    machine = program(bleuet.administrator)
    browser = Client()
    browser.force_login(bleuet.administrator)
    page = browser.get("/office/tokens/").content.decode()
    assert machine.secret not in page
    assert machine.secret[:9] in page
