"""Placing, promises and capacity."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from ligne.routing.rules import capacity, facts, placing, promises
from ligne.routing.rules.facts import Advisor, Load
from ligne.staff import words

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
VOICE, MAIL, REST = (
    placing.Line(1, "conseil", ("voice",)),
    placing.Line(2, "courriel", ("email",)),
    placing.Line(3, "reste", (), fallback=True),
)


def test_the_queue_asked_for_else_the_channels_else_the_fallback_else_the_first() -> None:
    lines = [VOICE, MAIL, REST]
    assert placing.choose("courriel", "chat", lines) == (MAIL, True)
    assert placing.choose("", "email", lines) == (MAIL, True)
    assert placing.choose("", "chat", lines) == (REST, True)
    assert placing.choose("perdue", "voice", lines) == (VOICE, False)
    assert placing.choose("", "chat", [VOICE, MAIL]) == (VOICE, True)
    assert placing.choose("", "chat", []) == (None, True)


def test_a_familiar_voice_is_worth_seconds_a_familiar_hand_hours() -> None:
    assert placing.head_start_s(live=True, target_s=20) == 10
    assert placing.head_start_s(live=False, target_s=4 * 3600) == 3600
    assert placing.head_start_s(live=False, target_s=7 * 86400) == 4 * 3600


def test_a_promise_is_its_owners_for_half_of_what_is_left() -> None:
    start, end = NOW, NOW + timedelta(minutes=30)
    assert promises.owners_until(start, end, NOW - timedelta(hours=1)) == NOW + timedelta(minutes=15)
    assert promises.owners_until(start, end, NOW + timedelta(minutes=20)) == NOW + timedelta(minutes=25)
    assert promises.owners_until(start, end, end + timedelta(minutes=1)) == end + timedelta(minutes=1)


def test_shares_add_up_and_a_lowered_limit_counts_as_full() -> None:
    chats, voice = Load(True, 2, 3), Load(True, 0, 1)
    assert capacity.share([chats, voice, Load(False, 1, 4)], live=True) == Fraction(2, 3)
    assert capacity.share([Load(True, 3, 0)], live=True) == 3
    assert not capacity.fits({"chat": Load(True, 3, 2)}, "chat", live=True)
    assert not capacity.fits({"chat": Load(True, 0, 0)}, "chat", live=True)
    assert capacity.fits({}, "sms", live=False)


def test_states_that_take_work_are_those_of_the_staff() -> None:
    assert facts.TAKES[facts.LIVE] == words.TAKES_LIVE
    assert facts.TAKES[facts.DEFERRED] == words.TAKES_DEFERRED
    resting = Advisor(1, words.BREAK, NOW)
    assert not capacity.serves(resting, facts.LIVE)
