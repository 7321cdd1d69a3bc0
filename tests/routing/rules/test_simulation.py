"""The real ranking against exact laws. The tolerances are those of runs this short; a longer one comes closer."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from ligne.kit.errors import Invalid
from ligne.routing.rules import laws, simulation, study

SKILLED: dict[str, Any] = {
    "classes": 6,
    "primary_per_class": 15,
    "skills_per_agent": 2,
    "offered_per_agent": 0.9333,
    "waiting_room": 30,
    "patience_aht": None,
    "contacts": 20_000,
}


def test_strict_priorities_meet_the_exact_law() -> None:
    """M/M/5 with 1.5 and 2.5 erlangs: mean waits 0.1583 and 0.7916 handling times."""
    figures = simulation.run_all({"agents": 5, "erlangs": [1.5, 2.5], "priorities": [1, 2], "contacts": 30_000})
    high, low = (c["mean_wait_aht"] for c in figures["by_class"])
    assert high == pytest.approx(0.158318, rel=0.06)
    assert low == pytest.approx(0.791589, rel=0.02)
    assert figures["mean_wait_aht"] == pytest.approx(0.554113, rel=0.01)
    assert figures["utilisation"] == pytest.approx(0.8, abs=0.003)


@pytest.mark.parametrize("priorities", [[3, 1, 2], [30, -4, 2.5]])
def test_priorities_are_any_numbers_and_the_smallest_is_the_most_pressing(priorities: list[float]) -> None:
    figures = simulation.run_all({"agents": 4, "erlangs": [1, 1, 1], "priorities": priorities, "contacts": 10_000})
    waits = [c["mean_wait_aht"] for c in figures["by_class"]]
    assert sorted(range(3), key=waits.__getitem__) == sorted(range(3), key=priorities.__getitem__)


@pytest.mark.parametrize(("room", "patience"), [(None, None), (6, None), (None, 0.5), (6, 0.5)])
def test_one_class_meets_its_exact_law(room: int | None, patience: float | None) -> None:
    load, agents = 4.0, 5
    law = laws.pooled(load, agents, room, 1 / patience if patience else 0.0)
    line = sum((n - agents) * p for n, p in enumerate(law) if n > agents)
    figures = simulation.run_all(
        {"agents": agents, "erlangs": [load], "waiting_room": room, "patience_aht": patience, "contacts": 20_000}
    )
    assert figures["blocking"] == pytest.approx(law[-1] if room else 0, rel=0.01, abs=1e-9)
    assert figures["abandoned"] == pytest.approx(line / patience / load if patience else 0, rel=0.05, abs=1e-9)
    if patience is None:  # the served wait less than all, otherwise
        assert figures["mean_wait_aht"] == pytest.approx(line / load / (1 - (law[-1] if room else 0)), rel=0.01)
    busy = sum(min(n, agents) * p for n, p in enumerate(law)) / agents
    assert figures["utilisation"] == pytest.approx(busy, abs=0.002)


@pytest.mark.parametrize(
    ("changes", "wait", "sl", "busy", "blocked"),
    [
        # exact laws: six lines apart that share the waiting room, and one line of ninety
        ({"skills_per_agent": 1}, 0.245523, 0.49760, 0.89731, 0.038566),
        ({"skills_per_agent": 6}, 0.044973, 0.73307, 0.92990, 0.003639),
        # by long simulation: no exact law is known
        ({"skills_per_agent": 2}, 0.0570, 0.6800, 0.9296, 0.0040),
    ],
)
def test_skills_meet_what_is_known(
    changes: dict[str, Any], wait: float, sl: float, busy: float, blocked: float
) -> None:
    figures = simulation.run_all(SKILLED | changes)
    assert figures["mean_wait_aht"] == pytest.approx(wait, rel=0.06)
    assert figures["sl"] == pytest.approx(sl, abs=0.02)
    assert figures["utilisation"] == pytest.approx(busy, abs=0.005)
    assert figures["blocking"] == pytest.approx(blocked, rel=0.15)
    assert len(figures["by_class"]) == 6


def test_too_short_a_run_is_told_as_it_was() -> None:
    figures = simulation.run_all(SKILLED | {"contacts": 100})
    assert 0 <= figures["mean_wait_aht"] < 1
    assert sum(c["served"] for c in figures["by_class"]) > 50


def test_the_best_skill_first_gives_a_better_service_level() -> None:
    oldest, best = simulation.run_all([SKILLED, SKILLED | {"pick": "primary-skill-first"}])
    assert best["sl"] > oldest["sl"]


def test_the_same_seed_gives_the_same_figures() -> None:
    study = SKILLED | {"contacts": 2_000, "patience_aht": 0.5}
    first, again, other = simulation.run_all([study, study, study | {"seed": 2}])
    assert first == again != other
    assert first["abandoned"] > 0


def test_second_skills_rotate() -> None:
    assert [study.secondary(0, j, 6, 3) for j in range(3)] == [(0, 1, 2), (0, 2, 3), (0, 3, 4)]
    assert study.secondary(5, 4, 6, 2) == (5, 4)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"classes": 0}, "classes"),
        ({"classes": None}, "classes"),
        ({"primary_per_class": "x"}, "primary_per_class"),
        ({"skills_per_agent": 7}, "skills_per_agent"),
        ({"offered_per_agent": -1}, "offered_per_agent"),
        ({"waiting_room": 1.5}, "waiting_room"),
        ({"patience_aht": 0}, "patience_aht"),
        ({"pick": "random"}, "pick"),
        ({"contacts": 0}, "contacts"),
        ({"seed": "a"}, "seed"),
        ({"agents": 5, "erlangs": []}, "erlangs"),
        ({"agents": 5, "erlangs": [3], "priorities": [1, 2]}, "priorities"),
        ({"agents": 5, "erlangs": [6], "waiting_room": None}, "erlangs"),
        ({"offered_per_agent": 1.0, "waiting_room": None}, "offered_per_agent"),
    ],
)
def test_what_does_not_fit_names_the_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        simulation.run_all(SKILLED | changes)
    assert refused.value.field == field


def ask(text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from ligne.site.cli import main; main()", "simulate", "routing", "--json"],
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_command_answers_in_json_and_refuses_in_one_line() -> None:
    study = {"agents": 3, "erlangs": [1, 1], "priorities": [1, 2], "contacts": 1000}
    answer = ask(json.dumps([study, study]))
    assert answer.returncode == 0, answer.stderr
    assert [sorted(a) for a in json.loads(answer.stdout)] == [
        sorted(
            [
                "abandoned",
                "blocking",
                "by_class",
                "max_over_min_class_wait",
                "mean_wait_error",
                "mean_wait_aht",
                "sl",
                "utilisation",
            ]
        )
    ] * 2
    for wrong in ("{", "3", '{"agents": 0, "erlangs": [1]}'):
        refused = ask(wrong)
        assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
