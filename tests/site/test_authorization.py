from __future__ import annotations

import os

import pytest

from tests.world import company

from . import authorization
from .authorization import ACTORS, API, FOREIGN, Row, World, names_an_object

pytestmark = pytest.mark.django_db

# Addresses that answer to anybody: health, sign-in, what customers use, what the API offers.
PUBLIC = (
    "healthz",
    "metrics",
    "accounts/",
    "api/v1/docs",
    "api/v1/openapi.json",
    "chat/api/",
    "callback/",
    "call/api/",
    "call/<slug:queue>/",
    "demo/",
)
# Things of the house and not of a company: every administrator sees them.
SHARED = ("office/teams/",)


@pytest.mark.slow
def test_every_address_answers_as_the_table_says() -> None:
    world = World(company("bleuet"), company("garance"))
    found = {row: tuple(world.answer(actor, row) for actor in ACTORS) for row in authorization.rows()}
    if os.environ.get("LIGNE_WRITE_TABLE"):
        authorization.write(found)
    table = authorization.read()
    missing = [f"{method} {pattern}" for method, pattern in found if (method, pattern) not in table]
    assert missing == [], "these need a line in authorization_table.txt"
    gone = [f"{method} {pattern}" for method, pattern in table if (method, pattern) not in found]
    assert gone == [], "these lines are of addresses that no longer exist"
    wrong = {
        f"{method} {pattern}": dict(zip(ACTORS, zip(table[method, pattern], statuses, strict=True), strict=True))
        for (method, pattern), statuses in found.items()
        if statuses != table[method, pattern]
    }
    assert wrong == {}, "expected and found, by actor"


def _column(row: Row, actor: str) -> int:
    return authorization.read()[row][ACTORS.index(actor)]


@pytest.mark.parametrize("row", authorization.read(), ids=" ".join)
def test_the_table_itself_keeps_the_house_rules(row: Row) -> None:
    """Nobody unknown comes in, nothing of another company is found, nothing ever breaks."""
    _, pattern = row
    statuses = authorization.read()[row]
    assert all(status < 500 for status in statuses)
    if not pattern.startswith(PUBLIC):
        assert _column(row, "anonymous") in {302, 401, 403, 404, 405}
    if names_an_object(pattern) and not pattern.startswith((*PUBLIC, *SHARED)):
        assert all(_column(row, actor) in {302, 403, 404, 405, 422} for actor in FOREIGN), "another company's"
    if pattern.startswith(API) and not pattern.startswith(PUBLIC):
        assert _column(row, "anonymous") in {401, 404, 405}
