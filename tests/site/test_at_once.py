"""The event loop's own answers are the very answers of the whole way, and it leaves to a thread what it may not do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from django.db import connection

from ligne.customers import services
from ligne.kit import clock, throttle
from ligne.kit.viewer import Viewer
from ligne.site.at_once import AtOnce
from ligne.site.quick import Answer, Quick
from ligne.staff.models import ApiToken
from ligne.staff.services import tokens
from tests.world import Company

from .conftest import Program, program, scope

pytestmark = pytest.mark.django_db(transaction=True)
T = TypeVar("T")
PHONE = "phone=0639982290"
OF_ITS_OWN = {"x-request-id", "content-security-policy"}


class Asked:
    """What the event loop answers, its session open; a thread went before, as it does for the first request."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        # of its own: a browser used earlier keeps a loop running in this one
        self._thread = ThreadPoolExecutor(1)
        self._way = AtOnce()

    def __call__(self, query: str, secret: str, **more: Any) -> Answer | None:
        return self.run(self._way.answer(scope(query, secret, **more)))

    def run(self, what: Coroutine[Any, Any, T]) -> T:
        """What comes of it, and of what it left to be done."""

        async def all_of_it() -> T:
            found = await what
            await asyncio.sleep(0.05)
            return found

        return self._thread.submit(self._runner.run, all_of_it()).result()

    def close(self) -> None:
        self.run(self._way.close())
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()


@pytest.fixture
def shop(bleuet: Company) -> Program:
    """A program that was here before, and two people to find."""
    for first, mail in (("Anne", "anne.lefevre@exemple.test"), ("Paul", "")):
        services.create(
            bleuet.viewer(), principal_id=bleuet.principal.pk, first_name=first, last_name="Lefèvre",
            phones=["06 39 98 22 90"], emails=[mail] if mail else [],
            address={"postcode": "35000", "city": "Rennes"},
        )  # fmt: skip
    return known(program(bleuet.advisor))


def known(one: Program) -> Program:
    """The program, its last use noted and a share of its pace taken."""
    Quick().answer(scope("phone=0600000000", one.secret))
    return one


def answers(asked: Asked, shop: Program) -> bool:
    """Whether it does, as soon as a session is open."""
    return any(asked(PHONE, shop.secret) is not None for _ in range(200))


@pytest.fixture
def asked(shop: Program) -> Any:
    """See `Asked`."""
    one = Asked()
    assert one(PHONE, shop.secret) is None  # no session yet: one is being opened
    assert answers(one, shop)
    yield one
    one.close()


@pytest.mark.parametrize(
    "query",
    [PHONE, "phone=%2B33639982290&limit=1", "email=ANNE.lefevre%40exemple.test", "email=nobody%40exemple.test",
     "phone=0639982290&email=anne.lefevre%40exemple.test", "phone=0639982290&email=x%40exemple.test"],
)  # fmt: skip
def test_the_same_answer(asked: Asked, shop: Program, query: str) -> None:
    whole = shop.get(f"/customers?{query}")
    for _ in range(2):  # its head is worked out, then known
        answer = asked(query, shop.secret)
        assert answer is not None
        status, headers, body = answer
        assert status == whole.status_code == 200
        assert json.loads(body) == whole.json()
        short = {name.decode(): value.decode() for name, value in headers}
        assert len(short) == len(headers)
        for name, value in ((n.lower(), v) for n, v in whole.items()):
            if name not in OF_ITS_OWN | {"vary", "content-language", "content-length"}:
                assert short[name] == value, name
        assert all(name in short for name in OF_ITS_OWN)
        assert int(short["content-length"]) == len(body)


def test_it_is_logged_without_what_was_typed(asked: Asked, shop: Program, caplog: pytest.LogCaptureFixture) -> None:
    caplog.clear()
    with caplog.at_level("INFO", logger="ligne.web"):
        assert asked(PHONE, shop.secret)
    (line,) = [str(record.msg) for record in caplog.records if record.name == "ligne.web"]
    assert "api:find_customers" in line
    assert "request_id" in line
    assert "639982290" not in line


def test_what_is_drawn_is_drawn_each_time(asked: Asked, shop: Program) -> None:
    one, other = [dict(answer[1]) for answer in (asked(PHONE, shop.secret), asked(PHONE, shop.secret)) if answer]
    assert one[b"x-request-id"] != other[b"x-request-id"]
    assert one[b"content-security-policy"] != other[b"content-security-policy"]
    assert one[b"content-security-policy"].count(b"'nonce-") == 2


@pytest.mark.parametrize(
    "query", ["", "q=lefevre", "phone=0639982290&q=anne", "phone=12", "email=%20", "phone=1&other=1"]
)
def test_anything_else_is_for_a_thread(asked: Asked, shop: Program, query: str) -> None:
    assert asked(query, shop.secret) is None


def test_each_request_is_let_in_or_not(asked: Asked, shop: Program, garance: Company) -> None:
    assert asked(PHONE, "lc_wrong") is None
    assert asked(PHONE, known(program(garance.advisor, "queues:read")).secret) is None
    elsewhere = asked(PHONE, known(program(garance.advisor)).secret)
    assert elsewhere is not None
    assert json.loads(elsewhere[2]) == {"items": [], "next": None}
    assert asked(PHONE, shop.secret, headers=[(b"host", b"testserver")]) is None
    wrong_host = [(b"host", b"evil.example"), (b"authorization", f"Bearer {shop.secret}".encode())]
    assert asked(PHONE, shop.secret, headers=wrong_host) is None
    assert asked(PHONE, shop.secret)
    tokens.revoke(Viewer.system(), token_id=ApiToken.objects.order_by("pk")[0].pk)
    assert asked(PHONE, shop.secret) is None


def test_what_is_to_be_written_is_for_a_thread(asked: Asked, shop: Program) -> None:
    ApiToken.objects.update(last_used_at=clock.ago(minutes=2))
    assert asked(PHONE, shop.secret) is None  # its last use is to be noted
    known(shop)
    assert asked(PHONE, shop.secret)
    throttle.forget()
    assert asked(PHONE, shop.secret) is None  # a share of its pace is to be taken


def test_a_session_that_is_lost_is_opened_again(asked: Asked, shop: Program) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
            "AND datname = current_database() AND query LIKE 'WITH who AS%'"
        )
    assert asked(PHONE, shop.secret) is None
    assert asked(PHONE, shop.secret) is None
    assert answers(asked, shop)
