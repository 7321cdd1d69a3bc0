"""When exchanges become one, part, or are linked; who is named in a note: the rules alone."""

from __future__ import annotations

import pytest

from ligne.contacts.rules import joining, mentions
from ligne.kit.errors import Conflict, DomainError, Invalid

ME = 7


def exchange(number: int, **facts: object) -> joining.Exchange:
    given = {"principal_id": 1, "customer_id": 5, "channel": "email", "live": False, "state": "active"} | facts
    return joining.Exchange(id=number, **given)  # type: ignore[arg-type]


MINE = exchange(1, advisor_id=ME)


@pytest.mark.parametrize(
    "other",
    [
        exchange(2, state="waiting"),
        exchange(2, state="snoozed"),
        exchange(2, state="active", advisor_id=ME),
        exchange(2, state="offered", advisor_id=ME),
        exchange(2, state="wrap_up", advisor_id=ME),
    ],
)
def test_exchanges_of_one_customer_become_one(other: joining.Exchange) -> None:
    joining.check_merge(MINE, other, user_id=ME)


@pytest.mark.parametrize(
    ("into", "other", "error"),
    [
        (MINE, MINE, Invalid),
        (MINE, exchange(2, principal_id=9), Invalid),
        (MINE, exchange(2, customer_id=6), Invalid),
        (exchange(1, customer_id=None), exchange(2, customer_id=None), Invalid),
        (MINE, exchange(2, channel="chat", live=True), Invalid),
        (exchange(1, channel="chat", live=True), exchange(2, channel="chat", live=True), Invalid),
        (MINE, exchange(2, state="closed"), Conflict),
        (exchange(1, state="closed"), exchange(2), Conflict),
        (MINE, exchange(2, advisor_id=8), Conflict),
    ],
)
def test_what_stays_apart(into: joining.Exchange, other: joining.Exchange, error: type[DomainError]) -> None:
    with pytest.raises(error):
        joining.check_merge(into, other, user_id=ME)


def test_a_message_may_leave_when_another_stays() -> None:
    joining.check_split(MINE, is_customers=True, others=1)
    for facts in ({"is_customers": False, "others": 1}, {"is_customers": True, "others": 0}):
        with pytest.raises(Invalid):
            joining.check_split(MINE, **facts)  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        joining.check_split(exchange(1, live=True), is_customers=True, others=3)


PEOPLE = {1: "Yanis Roche", 2: "Yanis Rocher", 3: "Élodie D’Arc", 4: "Jean", 5: "Jean Petit", 6: "Jean Petit"}


@pytest.mark.parametrize(
    ("text", "named", "unknown"),
    [
        ("@Yanis Roche, peux-tu voir ?", [1], []),
        ("vu avec @yanis rocher.", [2], []),
        ("(@elodie d'arc) et @Jean", [3, 4], []),
        ("@Jean Petit", [5, 6], []),
        ("écrire à anne@yanis.test", [], []),
        ("@Zoé saura", [], ["zoe"]),
        ("@ Jean", [], []),
        ("@Yanis Roche et encore @Yanis Roche", [1], []),
        ("", [], []),
    ],
)
def test_who_a_note_names(text: str, named: list[int], unknown: list[str]) -> None:
    assert mentions.read(text, PEOPLE) == (named, unknown)


def test_who_fits_what_is_typed() -> None:
    assert [name for _, name in mentions.fitting("elo", PEOPLE)] == ["Élodie D’Arc"]
    assert [i for i, _ in mentions.fitting("roch", PEOPLE)] == [1, 2]
    assert len(mentions.fitting("", PEOPLE, limit=3)) == 3
