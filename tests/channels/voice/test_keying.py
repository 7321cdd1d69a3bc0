"""What is keyed in to pay: a card's number, expiry and code, checked, asked again, and told nowhere."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ligne.channels.voice.exchange.till import Till
from ligne.channels.voice.ports import Card
from ligne.channels.voice.rules import keying
from ligne.channels.voice.rules.keying import Keying, press, silence

TODAY = date(2026, 11, 23)
GOOD = "4111111111111111"
ANY_KEYS = st.text(alphabet="0123456789*#", max_size=80)


def keyed(keys: str, begun: Keying | None = None) -> Keying:
    """After these keys; "_" is silence."""
    now = begun or Keying()
    for key in keys:
        now = silence(now, TODAY) if key == "_" else press(now, key, TODAY)
    return now


def with_check_digit(digits: str) -> str:
    """A card's number that begins so."""
    return next(f"{digits}{last}" for last in range(10) if keying.is_card_number(f"{digits}{last}"))


def test_number_expiry_and_code_make_a_card() -> None:
    assert keyed(f"{GOOD}#1230123").card == Card(GOOD, 2030, 12, "123")
    assert keyed(f"{GOOD}#1230#123#").card == Card(GOOD, 2030, 12, "123"), "an ending key too many means nothing"
    assert keyed(f"{GOOD}_1230123").card == Card(GOOD, 2030, 12, "123"), "silence ends a number too"


def test_cards_of_one_length_need_no_ending_key() -> None:
    mastercard, amex = with_check_digit("555555555555444"), with_check_digit("37828224631000")
    assert keyed(mastercard).step == keying.EXPIRY
    assert keyed(amex).step == keying.EXPIRY
    assert keyed(f"{amex}12301234").card == Card(amex, 2030, 12, "1234"), "their code has four digits"


@pytest.mark.parametrize(
    ("keys", "wrong"),
    [
        ("4111111111111112#", "number"),
        ("41111#", "number"),
        (f"{GOOD}#1326", "expiry"),
        (f"{GOOD}#1026", "expiry"),
        (f"{GOOD}#1247", "expiry"),
        (f"{GOOD}#12#", "expiry"),
        (f"{GOOD}#123012#", "code"),
        ("_", "silence"),
    ],
)
def test_what_cannot_be_is_asked_again_and_says_why(keys: str, wrong: str) -> None:
    now = keyed(keys)
    assert (now.wrong, now.tries, now.typed, now.given_up) == (wrong, 1, "", False)


def test_the_month_that_runs_is_still_good() -> None:
    assert keyed(f"{GOOD}#1126").step == keying.CODE


def test_three_wrong_tries_end_it() -> None:
    now = keyed("123#123#")
    assert (now.tries, now.given_up) == (2, False)
    assert keyed("123#", now).given_up
    assert keyed("___").given_up
    assert keyed(f"{GOOD}#1230123", keyed("___")).card is None, "nothing more is taken"


def test_each_step_has_its_tries() -> None:
    assert keyed(f"1#1#{GOOD}#0001#").tries == 1


@given(ANY_KEYS)
def test_no_key_leads_to_a_card_that_cannot_be(keys: str) -> None:
    now = keyed(keys)
    assert len(now.typed) <= keying.LONGEST
    assert now.tries <= keying.TRIES
    if now.card:
        assert keying.is_card_number(now.card.number)
        assert (now.card.expiry_year, now.card.expiry_month) >= (2026, 11)
        assert len(now.card.code) in {3, 4}
        assert not now.given_up


@given(ANY_KEYS)
def test_nothing_printed_says_a_digit_that_was_keyed(keys: str) -> None:
    till = Till()
    till.open("p")
    said = [repr(till.press(key, TODAY)) for key in keys]
    words = "".join(said) + repr(keyed(keys)) + repr(keyed(keys).card)
    for run in keys.replace("*", "#").split("#"):
        assert len(run) < 4 or run not in words


@given(st.integers(10**11, 10**18 - 1), st.data())
def test_one_wrong_digit_is_always_found(number: int, data: st.DataObject) -> None:
    digits = with_check_digit(str(number))
    place = data.draw(st.integers(0, len(digits) - 1))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != digits[place]]))
    assert not keying.is_card_number(digits[:place] + other + digits[place + 1 :])


@given(st.text(max_size=40), st.sampled_from(["", " ", "-"]))
def test_a_card_number_is_found_in_any_text(text: str, between: str) -> None:
    written = between.join(GOOD[at : at + 4] for at in range(0, 16, 4))
    assert keying.holds_card_number(f"{text}/{written}")


def test_a_reference_is_no_card() -> None:
    for text in ("F-2026-00118", "commande 4500012345", "", "2026-11-23 06 12 34 56 78"):
        assert not keying.holds_card_number(text)


def test_the_till_gives_a_card_once_and_forgets_it() -> None:
    till = Till()
    assert till.press("4", TODAY) is None, "no payment is under way"
    till.open("p1")
    told = [till.press(key, TODAY) for key in f"{GOOD}#1230123"]
    assert told[-1] is not None
    assert told[-1].complete
    assert [one.keys for one in told[:3] if one] == [1, 2, 3]
    assert till.take("p2") is None, "another payment's"
    assert till.take("p1") is None, "forgotten by then"
    till.open("p1")
    for key in f"{GOOD}#1230123":
        till.press(key, TODAY)
    assert till.take("p1") == Card(GOOD, 2030, 12, "123")
    assert till.take("p1") is None
