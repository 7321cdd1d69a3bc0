"""The exact laws, against what is known in closed form and against balance equations solved by hand."""

from __future__ import annotations

from math import exp, factorial

import pytest

from ligne.routing.rules import laws


def erlang_c(load: float, agents: int) -> float:
    last = load**agents / factorial(agents) * agents / (agents - load)
    return last / (sum(load**n / factorial(n) for n in range(agents)) + last)


@pytest.mark.parametrize(("load", "agents"), [(0.5, 1), (4.0, 5), (8.0, 10), (18.0, 20)])
def test_without_limits_it_is_erlang_c(load: float, agents: int) -> None:
    law = laws.pooled(load, agents, None, 0.0)
    assert sum(law[agents:]) == pytest.approx(erlang_c(load, agents))
    waiting = sum((n - agents) * p for n, p in enumerate(law) if n > agents)
    assert waiting / load == pytest.approx(erlang_c(load, agents) / (agents - load))


def test_without_waiting_it_is_erlang_b() -> None:
    law = laws.pooled(3.0, 4, 0, 0.0)
    assert law[-1] == pytest.approx((3**4 / 24) / sum(3**n / factorial(n) for n in range(5)))


def test_flows_in_and_out_balance_with_patience() -> None:
    load, agents, theta = 12.0, 10, 2.0
    law = laws.pooled(load, agents, 20, theta)
    assert sum(law) == pytest.approx(1)
    served = sum(min(n, agents) * p for n, p in enumerate(law))
    gave_up = theta * sum((n - agents) * p for n, p in enumerate(law) if n > agents)
    assert load * (1 - law[-1]) == pytest.approx(served + gave_up)


def test_one_class_apart_is_pooled() -> None:
    for room, theta in ((3, 0.0), (5, 0.7), (None, 0.0)):
        apart = laws.apart([2.5], [3], room, theta)
        pooled = laws.pooled(2.5, 3, room, theta)
        assert apart.present[0] == pytest.approx(pooled)
        assert apart.blocked == pytest.approx(pooled[-1] if room is not None else 0)


def test_classes_apart_with_a_shared_room_balance_in_every_state() -> None:
    """Two classes of one person, one place to wait: the chain's nine states solved by repeated steps."""
    loads, room = (0.9, 0.6), 1
    states = [(a, b) for a in range(3) for b in range(3) if max(0, a - 1) + max(0, b - 1) <= room]
    chance = dict.fromkeys(states, 1 / len(states))
    for _ in range(20_000):
        after = dict.fromkeys(states, 0.0)
        for (a, b), p in chance.items():
            steps = {(a + 1, b): loads[0], (a, b + 1): loads[1], (a - 1, b): min(a, 1), (a, b - 1): min(b, 1)}
            left = 4.0
            for to, rate in steps.items():
                if to in after and rate:
                    after[to] += p * rate / 4
                    left -= rate
            after[a, b] += p * left / 4
        chance = after
    law = laws.apart(loads, (1, 1), room, 0.0)
    for n in range(3):
        assert law.present[0][n] == pytest.approx(sum(p for (a, _), p in chance.items() if a == n), rel=1e-6)
    full = {s: (s[0] >= 1) + (s[1] >= 1) for s in states if max(0, s[0] - 1) + max(0, s[1] - 1) == room}
    assert law.blocked == pytest.approx(sum(chance[s] * count for s, count in full.items()), rel=1e-6)


def test_served_in_time() -> None:
    assert laws.within(10, 0, 0.05) == pytest.approx(1 - exp(-0.5))
    assert laws.within(10, 1, 0.05) == pytest.approx(1 - 1.5 * exp(-0.5))
