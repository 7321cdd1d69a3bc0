"""The pure rules: states, grants, timesheets, policies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ligne.kit.errors import Conflict, Invalid
from ligne.staff import ports, words
from ligne.staff.rules import grants, policies, states, timesheet

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize("state", words.CHOSEN)
def test_every_chosen_state_is_open_to_the_person(state: str) -> None:
    for before in words.STATE_LABELS:
        states.check_choice(before, state, "", by_self=True)


@pytest.mark.parametrize("state", [words.AFTER_CALL, words.NOT_ANSWERING, "asleep", ""])
def test_states_that_happen_are_not_chosen(state: str) -> None:
    with pytest.raises(Invalid) as refused:
        states.check_choice(words.AVAILABLE, state, "", by_self=True)
    assert refused.value.field == "state"


def test_a_reason_belongs_to_its_state() -> None:
    states.check_choice(words.AVAILABLE, words.BREAK, "lunch", by_self=True)
    with pytest.raises(Invalid) as refused:
        states.check_choice(words.AVAILABLE, words.MEETING, "lunch", by_self=True)
    assert refused.value.field == "reason"


def test_nobody_begins_to_work_by_a_supervisors_hand() -> None:
    with pytest.raises(Conflict):
        states.check_choice(words.OFFLINE, words.AVAILABLE, "", by_self=False)


@pytest.mark.parametrize(
    ("state", "for_s", "heard_s", "fate"),
    [
        (words.AVAILABLE, 100, 29, None),
        (words.AVAILABLE, 100, 31, "offline"),
        (words.WRITING, 100, None, "offline"),
        (words.BREAK, 600, 600, "released"),
        (words.MEETING, 5 * 3600, 5 * 3600, "offline"),
        (words.OFFLINE, 600, 600, None),
    ],
)
def test_silence(state: str, for_s: int, heard_s: int | None, fate: str | None) -> None:
    heard = None if heard_s is None else NOON - timedelta(seconds=heard_s)
    assert states.after_silence(state, NOON - timedelta(seconds=for_s), heard, NOON) == fate


def test_every_state_and_reason_has_words() -> None:
    assert set(words.STATE_TONES) == set(words.STATE_LABELS)
    assert {key for reasons in words.REASONS.values() for key, _ in reasons} <= set(words.REASON_LABELS)


def test_a_personal_grant_wins_even_when_narrower() -> None:
    role, mine = grants.GrantFact(False, limit_cents=3000), grants.GrantFact(True, limit_cents=500)
    assert grants.decide([role], cents=3000).allowed
    refused = grants.decide([role, mine], cents=501)
    assert not refused.allowed
    assert refused.facts == {"limit": "5,00 €"}
    assert grants.decide([role, mine], cents=500).allowed


def test_without_a_grant_the_answer_is_no() -> None:
    assert not grants.decide([], cents=1).allowed
    assert grants.decide([grants.GrantFact(False)], cents=10**9, percent=100).allowed
    assert not grants.decide([grants.GrantFact(False, limit_percent=10)], percent=11).allowed


def test_time_is_cut_at_the_day_and_counted_up_to_now() -> None:
    start, end = NOON - timedelta(hours=12), NOON + timedelta(hours=12)
    stretches = [
        timesheet.Stretch("available", "", NOON - timedelta(hours=13), NOON - timedelta(hours=10)),
        timesheet.Stretch("break", "lunch", NOON - timedelta(hours=10), NOON - timedelta(hours=9)),
        timesheet.Stretch("available", "", NOON - timedelta(hours=9), None),
    ]
    assert timesheet.per_state(stretches, start, end, NOON) == [
        timesheet.Line("available", "", 11 * 3600, 2),
        timesheet.Line("break", "lunch", 3600, 1),
    ]


def test_policies_are_named_and_typed() -> None:
    good = {"identity_questions": ["Votre nom ?"], "after_call_s": 60, "mail_footer": ""}
    assert policies.check(good, ports.policies) == good
    for wrong in ({"colour_of_tea": 1}, {"after_call_s": "60"}, {"after_call_s": True}, {"identity_questions": [""]}):
        with pytest.raises(Invalid):
            policies.check(wrong, ports.policies)
