"""Control variates: the noise that is known is taken off, and nothing else is touched."""

from __future__ import annotations

import random

import pytest

from ligne.routing.rules.controls import Controls


def test_what_is_a_known_quantity_is_estimated_exactly() -> None:
    rng = random.Random(1)
    known = [rng.gauss(5, 1) for _ in range(40)]
    controls = Controls()
    controls.add(known, 5.0)
    mean, error = controls.estimate([3 * v + 2 for v in known])
    assert (mean, error) == (pytest.approx(17.0), pytest.approx(0.0, abs=1e-9))


def test_the_noise_of_its_own_stays() -> None:
    rng = random.Random(2)
    known = [rng.gauss(5, 1) for _ in range(4000)]
    sought = [v + rng.gauss(1, 0.1) for v in known]
    plain = Controls().estimate(sought)
    controls = Controls()
    controls.add(known, 5.0)
    mean, error = controls.estimate(sought)
    assert error == pytest.approx(0.1 / 4000**0.5, rel=0.1)
    assert error < plain[1] / 5
    assert abs(mean - 6) < 4 * error


def test_controls_that_say_the_same_twice_or_nothing_are_left_out() -> None:
    values = [1.0, 2.0, 4.0, 3.0]
    controls = Controls()
    controls.add(values, 2.0)
    controls.add([2 * v + 1 for v in values], 5.0)
    controls.add([0.0] * 4, 0.0)
    assert len(controls.directions) == 1
    assert len(controls.with_own(([1.0, -1.0, 1.0, -1.0], 0.0)).directions) == 2
    assert len(controls.directions) == 1
