"""P10: the live router's ranking in the discrete-event simulation, beside exact laws and reference tables.

The references are the project's own copies (`bench/reference/`): skill-based lines by long simulation, priorities by
exact law. Where an exact law exists for a row of the first, it is printed too: that row's own error stands beside ours.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from bench.measure import Measure
from ligne.routing.rules import laws, simulation

REFERENCE = Path(__file__).parent / "reference"
CONTACTS = int(os.environ.get("LIGNE_BENCH_CONTACTS", "500000"))
# Below this load few wait: with no more contacts than elsewhere, classes would differ by chance alone.
LIGHT, MORE = 0.9, 6
WAIT, SERVICE, FAIR = 0.03, 0.01, 1.05
ROOM = 30


def measures() -> Iterator[Measure]:
    """P10: every row of both tables."""
    with ProcessPoolExecutor() as pool:
        skills = list(pool.map(_skills, _rows("routing_skills.csv")))
        ranked = list(pool.map(_ranked, _rows("priorities.csv")))
    held = [row for row in skills if row["exact_says_otherwise"] is None]
    worst = max(abs(row["wait"]) for row in held)
    yield Measure(
        "P10",
        f"routing quality: the router's own ranking simulated, {CONTACTS:,} contacts a row "
        f"({CONTACTS * MORE:,} under light loads), against reference tables",
        "mean wait within 3 %, service level within 0.01 (against the exact law where the reference itself is further "
        "from it than that); oldest first: no class waits more than 1.05 times another",
        {
            "skills": skills,
            "priorities": ranked,
            "worst_wait": round(max(worst, *(abs(e) for row in ranked for e in row["wait"])), 4),
            "worst_service": round(max(abs(row["service"]) for row in held), 4),
            "worst_fairness": max(row["class_ratio"] for row in skills if row["pick"] == "oldest-call"),
        },
        all(_holds(row) for row in skills) and all(abs(e) <= WAIT for row in ranked for e in row["wait"]),
    )


def _rows(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open() as file:
        return list(csv.DictReader(file))


def _holds(row: dict[str, Any]) -> bool:
    fair = row["pick"] != "oldest-call" or row["class_ratio"] <= max(FAIR, row["reference_class_ratio"])
    if row["exact_says_otherwise"] is not None:
        return fair and abs(row["exact_says_otherwise"]["wait"]) <= WAIT
    return fair and abs(row["wait"]) <= WAIT and abs(row["service"]) <= SERVICE


def _skills(row: dict[str, str]) -> dict[str, Any]:
    """One row: deviations of the wait (relative) and of the service level (absolute)."""
    classes, people = int(row["classes"]), int(row["primary_per_class"])
    skills, load = int(row["skills_per_agent"]), float(row["offered_per_agent"])
    figures = simulation.run_all(
        {
            "classes": classes,
            "primary_per_class": people,
            "skills_per_agent": skills,
            "offered_per_agent": load,
            "waiting_room": int(row["waiting_room"]),
            "patience_aht": None,
            "pick": row["pick_rule"],
            "contacts": CONTACTS * (MORE if load < LIGHT else 1),
        }
    )
    wait = float(row["EW_served_in_AHT"])
    exact = _exact_wait(classes, people, skills, load, int(row["waiting_room"]))
    off = exact is not None and abs(wait / exact - 1) > WAIT
    return {
        "skills": skills,
        "load": load,
        "pick": row["pick_rule"],
        "wait": round(figures["mean_wait_aht"] / wait - 1, 4),
        "error": round(figures["mean_wait_error"] / figures["mean_wait_aht"], 4),
        "service": round(figures["sl"] - float(row["SL_within_0_05AHT"]), 4),
        "busy": round(figures["utilisation"] - float(row["util"]), 4),
        "blocking": round(figures["blocking"] - float(row["block"]), 5),
        "class_ratio": round(figures["max_over_min_class_wait"], 3),
        "reference_class_ratio": float(row["max_over_min_class_wait"]),
        "exact_says_otherwise": {
            "wait": round(figures["mean_wait_aht"] / exact - 1, 4),
            "reference": round(wait / exact - 1, 4),
        }
        if off and exact
        else None,
    }


def _exact_wait(classes: int, people: int, skills: int, load: float, room: int) -> float | None:
    """The mean wait of the served where a law is known: nobody helps, or everybody does everything."""
    if skills == classes:
        law = laws.pooled(classes * people * load, classes * people, room, 0.0)
        line = sum((n - classes * people) * p for n, p in enumerate(law) if n > classes * people)
        return line / (classes * people * load * (1 - law[-1]))
    if skills == 1:
        apart = laws.apart([people * load] * classes, [people] * classes, room, 0.0)
        line = sum((n - people) * p for law in apart.present for n, p in enumerate(law) if n > people)
        return line / (people * load * (classes - apart.blocked))
    return None


def _ranked(row: dict[str, str]) -> dict[str, Any]:
    """Deviations of both classes' waits."""
    figures = simulation.run_all(
        {
            "agents": int(row["agents"]),
            "erlangs": [float(row["erl_high"]), float(row["erl_low"])],
            "priorities": [1, 2],
            "contacts": CONTACTS,
        }
    )
    waits = [c["mean_wait_aht"] for c in figures["by_class"]]
    known = float(row["EW_high_in_AHT"]), float(row["EW_low_in_AHT"])
    return {
        "agents": int(row["agents"]),
        "wait": [round(wait / exact - 1, 4) for wait, exact in zip(waits, known, strict=True)],
    }
