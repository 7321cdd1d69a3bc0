"""The passages between the states of a contact."""

from __future__ import annotations

import pytest

from ligne.contacts import words
from ligne.contacts.rules import filling, promises, states, wrapup
from ligne.kit.errors import Conflict, Invalid


def test_every_passage_starts_and_ends_in_a_state_that_exists() -> None:
    for sources, target in states.PASSAGES.values():
        assert {*sources, target} <= set(words.STATE_LABELS)


def test_a_closed_contact_goes_nowhere_but_out_of_a_merge() -> None:
    for passage in states.PASSAGES.keys() - {"unmerge"}:
        with pytest.raises(Conflict):
            states.after(words.CLOSED, passage)


def test_every_open_state_can_reach_the_end() -> None:
    for start in words.OPEN:
        seen, todo = set(), [start]
        while todo:
            state = todo.pop()
            seen.add(state)
            todo += [t for s, t in states.PASSAGES.values() if state in s and t not in seen]
        assert words.CLOSED in seen


@pytest.mark.parametrize(
    ("state", "passage", "expected"),
    [
        ("waiting", "offer", "offered"),
        ("offered", "withdraw", "waiting"),
        ("offered", "accept", "active"),
        ("active", "end", "wrap_up"),
        ("wrap_up", "close", "closed"),
        ("wrap_up", "reopen", "active"),
        ("snoozed", "requeue", "waiting"),
    ],
)
def test_the_usual_road(state: str, passage: str, expected: str) -> None:
    assert states.after(state, passage) == expected


@pytest.mark.parametrize(("state", "passage"), [("active", "offer"), ("waiting", "accept"), ("active", "abandon")])
def test_there_are_no_short_cuts(state: str, passage: str) -> None:
    with pytest.raises(Conflict, match=words.STATE_LABELS[state]):
        states.after(state, passage)


@pytest.mark.parametrize(
    ("reason", "outcome", "next_step", "field"),
    [
        (True, "", "none", "outcome"),
        (True, "abandoned", "none", "outcome"),
        (False, "resolved", "none", "reason"),
        (True, "resolved", "", "next_step"),
        (True, "resolved", "later", "next_step"),
    ],
)
def test_a_wrap_up_says_reason_outcome_and_next_step(reason: bool, outcome: str, next_step: str, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        wrapup.check(reason_given=reason, outcome=outcome, next_step=next_step)
    assert refusal.value.field == field


def test_an_unwanted_message_needs_no_reason() -> None:
    wrapup.check(reason_given=False, outcome="spam", next_step="none")


def test_a_template_is_filled_and_what_is_missing_stays_visible() -> None:
    text = "Bonjour {{ prenom }} {{NOM}}, {{ points }} points, {{ vide }}."
    assert filling.fill(text, {"prenom": "Anne", "nom": "Lefèvre", "vide": ""}) == (
        "Bonjour Anne Lefèvre, [points] points, [vide]."
    )


def test_each_attempt_waits_longer_than_the_one_before() -> None:
    waits = [promises.next_window_start(attempts=n) for n in range(1, promises.MAX_ATTEMPTS + 1)]
    assert waits == sorted(waits)
    assert len(set(waits)) == len(waits)
