"""What the ranking promises to those who wait and to those who work, whatever the facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from ligne.routing.rules import capacity
from ligne.routing.rules.eligibility import levels_asked, mastery, qualifies, turn
from ligne.routing.rules.facts import Advisor, Assignment, Item, Load, Policy
from ligne.routing.rules.ranking import match
from tests.routing.rules.test_ranking import NOW, advisor, ago, centres, item, mail, pairs, policies

Centre = tuple[list[Item], list[Advisor]]


@given(centres(), st.sampled_from([None, 60, 300]))
def test_among_equals_the_longest_idle_is_first(centre: Centre, priority_s: int | None) -> None:
    """Nobody is passed over for a colleague who masters it no better and has been idle for less time."""
    waiting, people = centre
    made = match(waiting, people, NOW, Policy(priority_s=priority_s))
    given_to = {a.advisor_id for a in made}
    by_item, by_advisor = {i.id: i for i in waiting}, {a.id: a for a in people}
    declined = {user for i in waiting for user in i.declined_by}
    for assignment in made:
        one, chosen = by_item[assignment.item_id], by_advisor[assignment.advisor_id]
        asked = levels_asked(one, NOW)
        if assignment.why != "skill" or assignment.reserved:
            continue
        for other in people:
            if other.id in given_to | declined or qualifies(other, one, asked) != "skill":
                continue
            if not capacity.may_be_offered(other, one.lane, NOW):
                continue
            if not capacity.has_room(other, one.channel, live=one.live):
                continue
            ours, theirs = mastery(chosen, asked), mastery(other, asked)
            assert (-ours, chosen.idle_since, chosen.id) < (-theirs, other.idle_since, other.id)


@given(centres(), st.sampled_from([None, 60, 300]))
def test_nobody_is_overtaken_by_their_equal(centre: Centre, priority_s: int | None) -> None:
    """Of two items that the same people could take, the one whose turn comes later is not served alone."""
    waiting, people = centre
    policy = Policy(priority_s=priority_s)
    plain = [replace(i, declined_by={}, preferred_id=None, only_preferred=False, not_before=None) for i in waiting]
    served = {a.item_id for a in match(plain, people, NOW, policy) if not a.reserved}
    for one in plain:
        for other in plain:
            same = (one.lane, one.channel, one.queue_id, one.relief_id, levels_asked(one, NOW)) == (
                *(other.lane, other.channel, other.queue_id, other.relief_id),
                levels_asked(other, NOW),
            )
            if same and one.live and turn(one, policy) < turn(other, policy):
                assert one.id in served or other.id not in served


@given(centres(), policies, st.integers(0, 29), st.data())
def test_declining_opens_no_way_to_what_comes_later(
    centre: Centre, policy: Policy, seconds: int, data: st.DataObject
) -> None:
    """Whoever declines an offer is offered nothing that comes after it, as long as it waits."""
    waiting, people = centre
    offers = match(waiting, people, NOW, policy)
    if not offers:
        return
    offer: Assignment = data.draw(st.sampled_from(offers))
    declined = next(i for i in waiting if i.id == offer.item_id)
    kept = replace(declined, declined_by=declined.declined_by | {offer.advisor_id: NOW})
    after = [kept if i.id == kept.id else i for i in waiting]
    now = NOW + timedelta(seconds=seconds)
    made = match(after, people, now, policy)
    if kept.id in {a.item_id for a in made}:
        assert (kept.id, offer.advisor_id) not in pairs(made)
        return
    theirs = next((a for a in made if a.advisor_id == offer.advisor_id), None)
    if theirs is not None:
        taken = next(i for i in waiting if i.id == theirs.item_id)
        assert (not taken.live, turn(taken, policy)) < (not kept.live, turn(kept, policy))


def test_who_declined_gets_it_again_when_nobody_else_is_free() -> None:
    hard, easy = item(1, declined_by={1: ago(5)}), item(2)
    assert match([hard, easy], [advisor(1)], NOW) == []
    assert match([hard, mail(3)], [advisor(1)], NOW) == []
    rested = replace(hard, declined_by={1: ago(30)})
    assert pairs(match([rested, easy], [advisor(1)], NOW)) == [(1, 1)]
    assert pairs(match([rested, easy], [advisor(1), advisor(2)], NOW)) == [(1, 2), (2, 1)]


def test_declining_what_others_take_at_once_costs_nothing() -> None:
    hard, easy = item(1, declined_by={1: ago(5)}), item(2)
    assert pairs(match([hard, easy], [advisor(1), advisor(2)], NOW)) == [(1, 2), (2, 1)]


def test_handing_on_to_a_queue_that_one_does_not_serve_costs_nothing() -> None:
    handed_on = item(1, queue_id=7, declined_by={1: ago(1)})
    assert pairs(match([handed_on, item(2)], [advisor(1)], NOW)) == [(2, 1)]


@given(centres(), policies, st.integers(0, 4000))
def test_who_could_take_an_item_still_can_later(centre: Centre, policy: Policy, seconds: int) -> None:
    """Waiting only opens: levels relax, and never below the skill itself."""
    waiting, people = centre
    for one in waiting:
        asked, later = levels_asked(one, NOW), levels_asked(one, NOW + timedelta(seconds=seconds))
        assert [s for s, _ in asked] == [s for s, _ in later]
        assert all(1 <= after <= before for (_, before), (_, after) in zip(asked, later, strict=True))
        for who in people:
            assert qualifies(who, one, later) or not qualifies(who, one, asked)


@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 5))
def test_capacity_is_never_passed_however_often_it_is_decided(limit: int, people: int, chats: int) -> None:
    held = dict.fromkeys(range(1, people + 1), 0)
    waiting = {n: item(n, entered_at=ago(n)) for n in range(1, people * limit + chats + 1)}
    for _ in range(people * limit + chats):
        at_work = [advisor(n, loads={"chat": Load(live=True, held=h, limit=limit)}) for n, h in held.items()]
        for made in match(waiting.values(), at_work, NOW):
            del waiting[made.item_id]
            held[made.advisor_id] += 1
            assert held[made.advisor_id] <= limit
    assert set(held.values()) == {limit}
    assert len(waiting) == chats
