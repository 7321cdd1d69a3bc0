"""The real ranking against exact laws. The tolerances are those of runs this short; a longer run comes closer."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from ligne.kit.errors import Invalid
from ligne.routing.rules import simulation

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
    figures = simulation.run_all({"agents": 5, "erlangs": [1.5, 2.5], "priorities": [1, 2], "contacts": 60_000})
    high, low = (c["mean_wait_aht"] for c in figures["by_class"])
    assert high == pytest.approx(0.158318, rel=0.06)
    assert low == pytest.approx(0.791589, rel=0.12)
    assert figures["utilisation"] == pytest.approx(0.8, abs=0.01)


def test_without_priorities_it_is_erlang_c() -> None:
    figures = simulation.run_all({"agents": 5, "erlangs": [4.0], "contacts": 20_000})
    assert figures["mean_wait_aht"] == pytest.approx(0.554113, rel=0.1)


def test_skills_meet_the_reference() -> None:
    """Six classes of fifteen, two skills each, load 0.9333: the oldest call waits 0.0573, 0.93 of the time is busy."""
    figures = simulation.run_all(SKILLED)
    assert figures["mean_wait_aht"] == pytest.approx(0.0573, rel=0.25)
    assert figures["sl"] == pytest.approx(0.679, abs=0.06)
    assert figures["utilisation"] == pytest.approx(0.930, abs=0.015)
    assert len(figures["by_class"]) == 6


def test_the_best_skill_first_gives_a_better_service_level() -> None:
    oldest, best = simulation.run_all([SKILLED, SKILLED | {"pick": "primary-skill-first"}])
    assert best["sl"] > oldest["sl"]


def test_the_same_seed_gives_the_same_figures() -> None:
    study = SKILLED | {"contacts": 2_000, "patience_aht": 0.5}
    first, again, other = simulation.run_all([study, study, study | {"seed": 2}])
    assert first == again != other
    assert first["abandoned"] > 0


def test_second_skills_rotate() -> None:
    assert [simulation.secondary(0, j, 6, 3) for j in range(3)] == [(0, 1, 2), (0, 2, 3), (0, 3, 4)]
    assert simulation.secondary(5, 4, 6, 2) == (5, 4)


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
                "mean_wait_aht",
                "sl",
                "utilisation",
            ]
        )
    ] * 2
    for wrong in ("{", "3", '{"agents": 0, "erlangs": [1]}'):
        refused = ask(wrong)
        assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
