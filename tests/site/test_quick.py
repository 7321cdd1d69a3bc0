"""The short way gives the very answers of the whole way, and leaves to it what is not a plain good question."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from ligne.customers import services
from ligne.site.quick import Quick
from ligne.staff.models import ApiToken
from ligne.staff.services import tokens
from tests.world import Company

from .conftest import Program, program, scope

pytestmark = pytest.mark.django_db
# What differs from one answer to the next.
OF_ITS_OWN = {"x-request-id", "content-security-policy"}


def asked(query: str, secret: str, **more: Any) -> Any:
    """What the short way answers."""
    request = scope(query, secret, **more)
    assert Quick.takes(request)
    return Quick().answer(request)


@pytest.fixture
def shop(bleuet: Company) -> Program:
    """A program, and somebody to find."""
    services.create(
        bleuet.viewer(), principal_id=bleuet.principal.pk, civility="Mme", first_name="Anne", last_name="Lefèvre",
        phones=["06 39 98 22 90"], emails=["anne.lefevre@exemple.test"],
        address={"postcode": "35000", "city": "Rennes"},
    )  # fmt: skip
    return program(bleuet.advisor)


@pytest.mark.parametrize(
    "query",
    ["phone=0639982290", "phone=%2B33639982290&limit=5", "email=ANNE.lefevre%40exemple.test", "q=lefevr+ane", "q=zzz",
     "phone=0639982290&email=x%40exemple.test"],
)  # fmt: skip
def test_the_same_answer(shop: Program, query: str) -> None:
    whole = shop.get(f"/customers?{query}")
    answer = asked(query, shop.secret)
    assert answer is not None
    status, headers, body = answer
    assert status == whole.status_code == 200
    assert json.loads(body) == whole.json()
    short = {name.decode(): value.decode() for name, value in headers}
    for name, value in ((n.lower(), v) for n, v in whole.items()):
        if name not in OF_ITS_OWN | {"vary", "content-language"}:
            assert short[name] == value, name
    assert all(name in short for name in OF_ITS_OWN)


@pytest.mark.parametrize(
    "query",
    ["", "cursor=x", "phone=12", "phone=1&phone=2", "q=a&other=1", "limit=5", "q=x&limit=0", "q=x&limit=999",
     f"q={quote('x' * 301)}", "q=%00", "q=%ff"],
)  # fmt: skip
def test_anything_else_goes_the_whole_way(shop: Program, query: str) -> None:
    assert asked(query, shop.secret) is None


def test_no_token_no_scope_no_principal(shop: Program, garance: Company) -> None:
    query = "phone=0639982290"
    assert asked(query, "lc_wrong") is None
    assert asked(query, program(garance.advisor, "queues:read").secret) is None
    other = asked(query, program(garance.advisor).secret)
    assert json.loads(other[2]) == {"items": [], "next": None}
    token = ApiToken.objects.order_by("pk")[0]
    tokens.revoke(garance.system.__class__.system(), token_id=token.pk)
    assert asked(query, shop.secret) is None
    assert asked(query, shop.secret, headers=[(b"host", b"evil.example")]) is None
