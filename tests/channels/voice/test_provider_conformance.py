"""What any payment provider does: run over the registry. A provider says in `CARDS` how its tests are paid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from ligne.channels.voice.banks import demonstration
from ligne.channels.voice.banks.demonstration import DemonstrationBank
from ligne.channels.voice.ports import ACCEPTED, DECLINED, Card, Charge, PaymentProvider, Unreachable, providers
from ligne.channels.voice.rules import keying
from ligne.kit.money import Money


@dataclass(frozen=True)
class Cards:
    """Test cards of a provider: one that is accepted, one declined, one never answered, one whose answer is lost."""

    accepted: Card
    declined: Card
    unanswered: Card
    lost: Card


def _card(number: str) -> Card:
    return Card(number, *demonstration.EXPIRY, demonstration.CODE)


CARDS = {
    "demonstration": Cards(
        *map(_card, (demonstration.GOOD, demonstration.POOR, demonstration.SILENT, demonstration.FORGETFUL))
    ),
}


@pytest.fixture(params=sorted(CARDS))
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[PaymentProvider, Cards]]:
    """Each provider, with a ledger of its own."""
    made = {"demonstration": DemonstrationBank(tmp_path / "bank")}
    return made[request.param], CARDS[request.param]


def charge(key: str = "", cents: int = 8990) -> Charge:
    return Charge(key or uuid4().hex, Money(cents), "F-1")


Served = tuple[PaymentProvider, Cards]


def test_every_registered_provider_is_tested() -> None:
    assert {key for key, _ in providers.items()} == set(CARDS)


def test_its_cards_can_be_keyed_in(served: Served) -> None:
    _, cards = served
    for card in (cards.accepted, cards.declined, cards.unanswered, cards.lost):
        assert keying.is_card_number(card.number)


def test_accepted_has_a_receipt_and_declined_a_reason(served: Served) -> None:
    provider, cards = served
    paid = provider.charge(charge(), cards.accepted)
    assert (paid.state, bool(paid.receipt), len(paid.receipt) <= 60) == (ACCEPTED, True, True)
    assert provider.charge(charge(), cards.accepted).receipt != paid.receipt, "a receipt names one payment"
    refused = provider.charge(charge(), cards.declined)
    assert (refused.state, bool(refused.reason), len(refused.reason) <= 20) == (DECLINED, True, True)


def test_the_same_key_is_charged_once(served: Served) -> None:
    provider, cards = served
    asked = charge()
    paid = provider.charge(asked, cards.accepted)
    assert provider.charge(asked, cards.accepted) == paid
    assert provider.look_up(asked.key) == paid


def test_an_answer_that_is_lost_is_found_again(served: Served) -> None:
    provider, cards = served
    asked = charge()
    with pytest.raises(Unreachable):
        provider.charge(asked, cards.lost)
    found = provider.look_up(asked.key)
    assert found is not None
    assert found.state == ACCEPTED


def test_what_never_arrived_is_not_charged_and_never_will_be(served: Served) -> None:
    provider, cards = served
    asked = charge()
    with pytest.raises(Unreachable):
        provider.charge(asked, cards.unanswered)
    assert provider.look_up(asked.key) is None
    assert provider.charge(asked, cards.accepted).state == DECLINED, "it was closed"
    assert provider.look_up(asked.key) is None


def test_it_writes_no_card_anywhere(served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    provider, cards = served
    provider.charge(charge(), cards.accepted)
    written = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert cards.accepted.number not in written + "".join(capsys.readouterr())
    assert cards.accepted.number not in repr(cards.accepted)
