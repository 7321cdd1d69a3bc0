"""Kept in order from decision to decision, the facts lead to what they would lead to told all at once."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ligne.routing.rules.facts import Advisor, Item, Policy
from ligne.routing.rules.ranking import decide, match
from ligne.routing.rules.standing import Standing
from tests.routing.rules.test_ranking import NOW, advisors, items, policies

numbers = st.integers(1, 6)


class Kept(RuleBasedStateMachine):
    """Items and people come, change and go while time passes."""

    @initialize(policy=policies)
    def begin(self, policy: Policy) -> None:
        self.policy = policy
        self.standing = Standing(policy)
        self.items: dict[int, Item] = {}
        self.advisors: dict[int, Advisor] = {}
        self.now: datetime = NOW

    @rule(data=st.data(), number=numbers)
    def an_item_waits(self, data: st.DataObject, number: int) -> None:
        self.items[number] = data.draw(items(number))
        self.standing.put_item(self.items[number])

    @rule(number=numbers)
    def an_item_goes(self, number: int) -> None:
        self.items.pop(number, None)
        self.standing.drop_item(number)

    @rule(data=st.data(), number=numbers)
    def somebody_is_at_work(self, data: st.DataObject, number: int) -> None:
        self.advisors[number] = data.draw(advisors(number))
        self.standing.put_advisor(self.advisors[number])

    @rule(number=numbers)
    def somebody_goes(self, number: int) -> None:
        self.advisors.pop(number, None)
        self.standing.drop_advisor(number)

    @rule(seconds=st.integers(0, 900))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @invariant()
    def the_decision_is_the_same(self) -> None:
        at_once = match(self.items.values(), self.advisors.values(), self.now, self.policy)
        assert decide(self.standing, self.now) == at_once
        assert decide(self.standing, self.now) == at_once, "deciding changes nothing"


TestKept = Kept.TestCase
TestKept.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
