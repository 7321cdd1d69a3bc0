"""Payment by keypad in the call flow: who hears whom meanwhile, how it ends, what the facts never hold."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ligne.channels.voice.exchange.till import Till
from ligne.channels.voice.rules.flow import ADVISOR, CUSTOMER, Phase, media, words
from ligne.channels.voice.rules.flow.call import ASKING, OVER, to_json
from ligne.kit import clock
from tests.channels.voice.test_flow import Exchange, talking

CARD = "4111111111111111#1230123"


def paying() -> Exchange:
    x = talking()
    x.tell(words.Pay("p1"))
    return x


def prompt_over(x: Exchange) -> None:
    x.tell(words.Played(x.call.playing))


def key_in(x: Exchange, keys: str, till: Till | None = None) -> Till:
    """The customer's keys, through the till as the controller has it."""
    if till is None:
        till = Till()
        till.open("p1")
    for key in keys:
        for command in x.tell(words.Pressed("cust", key)):
            if isinstance(command, words.Digit):
                told = till.press(command.key, clock.now().date())
                assert told is not None
                x.tell(told)
    return till


def ended(x: Exchange) -> list[str]:
    return [one.why for one in x.said if isinstance(one, words.EndPayment)]


def test_the_customer_is_alone_and_the_recording_silent_before_the_card_is_asked_for() -> None:
    x = talking()
    commands = x.tell(words.Pay("p1"))
    kinds = [type(one) for one in commands]
    assert kinds.index(words.MuteRecording) < kinds.index(words.Leave) < kinds.index(words.Play)
    assert x.together == {x.leg(ADVISOR)}
    assert x.muted
    assert x.music == set()
    assert x.tell(words.Pressed(x.leg(ADVISOR), "4")) == [], "the advisor's keys mean nothing"


def test_a_card_is_asked_for_charged_once_and_everybody_is_back() -> None:
    x = paying()
    key_in(x, CARD)
    assert [one for one in x.said if isinstance(one, words.Charge)] == [words.Charge("p1")]
    assert x.call.paying
    assert x.call.paying.step == ASKING
    prompt_over(x)
    assert x.music == {"cust"}, "music while the bank thinks"
    x.tell(words.Charged("p1", "accepted"))
    assert x.together == {x.leg(ADVISOR)}
    prompt_over(x)
    x.tell(words.Late("keying"))
    assert x.together == {"cust", x.leg(ADVISOR)}
    assert not x.muted
    assert ended(x) == []


def test_the_facts_never_hold_a_digit() -> None:
    x = paying()
    seen = []
    till = Till()
    till.open("p1")
    for key in CARD:
        key_in(x, key, till)
        seen.append(json.dumps(to_json(x.call)))
    assert not any("4111" in one or "1230" in one for one in seen)
    said = repr([one for one in x.said if isinstance(one, words.Digit | words.Charge)])
    assert "'4'" not in said


def test_a_wrong_number_is_asked_again_with_a_word() -> None:
    x = paying()
    key_in(x, "4111#")
    assert x.call.paying
    assert (x.call.paying.wrong, x.call.paying.tries, x.call.paying.step) == ("number", 1, "number")
    plays = [one for one in x.said if isinstance(one, words.Play)]
    assert "sound:privacy-incorrect" in plays[-1].prompts


def test_three_wrong_tries_end_it_unpaid() -> None:
    x = paying()
    key_in(x, "4111#4111#4111#")
    assert ended(x) == ["wrong"]
    prompt_over(x)
    x.tell(words.Late("keying"))
    assert x.together == {"cust", x.leg(ADVISOR)}


@pytest.mark.parametrize(("event", "why"), [(words.Pressed("cust", "*"), "customer"), (words.StopPaying(), "advisor")])
def test_customer_and_advisor_can_stop_it(event: words.Event, why: str) -> None:
    x = paying()
    key_in(x, "4111")
    x.tell(event)
    assert ended(x) == [why]
    assert x.together == {x.leg(ADVISOR)}, "keys may still come: not back yet"
    x.tell(words.Pressed("cust", "1"))
    prompt_over(x)
    assert words.SetTimer("keying", 1.5) in x.tell(words.Pressed("cust", "1")), "the quiet begins anew"
    x.tell(words.Late("keying"))
    assert x.together == {"cust", x.leg(ADVISOR)}


def test_once_the_bank_is_asked_it_cannot_be_stopped() -> None:
    x = paying()
    key_in(x, CARD)
    assert x.tell(words.StopPaying()) == []
    assert x.tell(words.Pressed("cust", "*")) == []


def test_a_memory_that_is_gone_ends_it_and_says_so() -> None:
    for keys in ("41", CARD):
        x = paying()
        key_in(x, keys)
        x.tell(words.StopPaying("interrupted"))
        assert ended(x) == ["interrupted"]
        assert x.call.paying
        assert x.call.paying.step == OVER


@pytest.mark.parametrize("keys", ["", "4111", CARD])
@pytest.mark.parametrize("who", [CUSTOMER, ADVISOR])
def test_a_hang_up_in_the_middle_ends_it_unless_the_bank_was_asked(keys: str, who: str) -> None:
    x = paying()
    key_in(x, keys)
    x.tell(words.Gone(x.leg(who), 16))
    assert x.call.phase == Phase.ENDED
    assert x.call.paying is None
    assert ended(x) == ([] if keys == CARD else ["hung_up"])
    assert x.recording is None


def test_a_contact_that_goes_back_to_the_line_ends_it() -> None:
    x = paying()
    x.tell(words.Requeued())
    assert ended(x) == ["interrupted"]
    prompt_over(x)
    assert x.music == {"cust"}


def test_nothing_else_begins_meanwhile_and_it_begins_in_nothing_else() -> None:
    x = paying()
    for event in (words.Hold(True), words.Consult(6), words.TakeOver(7), words.Pay("p1")):
        assert x.tell(event) == []
    x.tell(words.Pay("p2"))
    assert words.EndPayment("p2", "not_started") in x.said
    y = talking()
    y.tell(words.Consult(number="+33162000000"))
    assert y.tell(words.Pay("p1")) == [words.EndPayment("p1", "not_started")]


def test_no_recording_begins_in_the_middle_of_it() -> None:
    x = paying()
    x.tell(words.Gone(x.leg(ADVISOR), 0))
    assert x.recording is None
    x.tell(words.Ready(5))
    x.tell(words.Answered(x.leg(ADVISOR)))
    assert x.recording is None, "its first moments would not be silent"
    x.tell(words.StopPaying())
    prompt_over(x)
    x.tell(words.Late("keying"))
    assert x.recording == "on"
    assert not x.muted


KEYS = st.lists(st.sampled_from("0123456789*#_"), max_size=60)


@given(KEYS, st.sampled_from(["accepted", "declined", "unknown"]))
def test_whatever_is_pressed_nobody_hears_it_and_it_is_charged_once_at_most(keys: list[str], answer: str) -> None:
    x = paying()
    till = Till()
    till.open("p1")
    for key in keys:
        if key == "_":
            if x.call.playing:
                prompt_over(x)
            for command in x.tell(words.Late("keying")):
                if isinstance(command, words.Digit) and (told := till.press("", clock.now().date())):
                    x.tell(told)
        else:
            if x.call.paying:
                assert "cust" not in x.together
                assert x.muted
            key_in(x, key, till)
        if x.call.paying and x.call.paying.step == ASKING:
            x.tell(words.Charged("p1", answer))
    charges = [one for one in x.said if isinstance(one, words.Charge)]
    assert len(charges) + len(ended(x)) <= 1, "charged, or ended, or still under way"
    assert media.of(replace(x.call, paying=None)).tracks is not None
