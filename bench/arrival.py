"""P2: from a customer's arrival to their file open on an advisor's screen."""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench import base
from bench.centre import Running
from bench.live import tool
from bench.measure import Measure

CUSTOMERS = 1_000_000
ADVISORS = 500
RATE = 50
WORK_S = 8
LADDER = (2, 5, 10, 25)  # arrivals a second, before `RATE`
WARM_S, STEP_S, SECONDS = 5, 20, 60
BAR_MS = 250
WEB = "2"  # processes of the web
_TICKS = os.sysconf("SC_CLK_TCK")


def measures() -> Iterator[Measure]:
    """P2."""
    with base.centre(CUSTOMERS, environment={"LIGNE_WEB_PROCESSES": WEB}) as centre:
        yield arrival(centre)


def arrival(centre: Running) -> Measure:
    """People arrive at one rate of the ladder after the other, up to `RATE` or to the first that is too much; the first
    `WARM_S` seconds of each do not count. The figures are those of the highest rate that was kept up with."""
    given = _given(centre)
    kept: dict[str, Any] = {"rate": 0}
    too_much: dict[str, Any] = {}
    for rate in (*LADDER, RATE):
        figures = _played(centre, given, rate, SECONDS if rate == RATE else STEP_S)
        if not (figures["kept_word"] and figures["sent_to_open_ms"].get("p99", BAR_MS + 1) <= BAR_MS):
            too_much = figures
            break
        kept = figures
    return Measure(
        "P2",
        f"arrival (the customer's POST begins) to the last byte of the customer's file on the screen, {RATE} arrivals "
        f"a second, {ADVISORS} connected advisors, {CUSTOMERS} customers, everything on this machine",
        f"p99 <= {BAR_MS} ms, nothing lost, nothing twice",
        kept | {"too_much": too_much},
        kept["rate"] == RATE,
    )


def _played(centre: Running, given: dict[str, Any], rate: int, seconds: int) -> dict[str, Any]:
    before, began = _cpu(centre), time.monotonic()
    told = tool(centre, "advisors", _port(centre), str(rate), str(WARM_S + seconds), str(WORK_S), given=given)
    took = time.monotonic() - began
    counted = [row for row in told["arrivals"][rate * WARM_S :] if row["opened"]]
    found = _compare(centre, told["arrivals"])
    whole = len(counted) == rate * seconds
    return {
        "rate": rate,
        "arrivals": len(told["arrivals"]),
        "opened": len(counted),
        "sent_to_open_ms": _spread([row["opened"] - row["sent"] for row in counted]),
        "kept_to_open_ms": _spread([row["opened"] - row["kept"] for row in counted]),
        "sent_to_kept_ms": _spread([row["kept"] - row["sent"] for row in counted]),
        "kept_to_offer_ms": _spread([row["offers"][0] - row["kept"] for row in counted]),
        "offer_to_accepted_ms": _spread([row["accepted"] - row["offers"][0] for row in counted]),
        "accepted_to_open_ms": _spread([row["opened"] - row["accepted"] for row in counted]),
        "kept_word": whole and not any(found.values()),
        "found": {name: (len(each), each[:3]) for name, each in found.items()},
        "refused": dict(Counter(_without_numbers(each) for each in told["wrong"]).most_common(4)),
        "failures": dict(Counter(told["failures"]).most_common(3)),
        "requests_per_arrival": round(told["requests"] / max(1, len(told["arrivals"])), 1),
        "arrivals_late_s": told["late_s"],
        "cores_used": {name: round(used / took, 2) for name, used in _since(before, _cpu(centre)).items()},
        "cores_used_by_the_load": round(told["cpu_s"] / took, 2),
        "load_average": round(os.getloadavg()[0], 1),
    }


def _without_numbers(request: str) -> str:
    return re.sub(r"/\d+/", "/…/", request.partition("?")[0])


def _given(centre: Running) -> dict[str, Any]:
    people = tool(centre, "crowd", str(ADVISORS))
    # Spread over the whole base, so that none of it is warm by luck; odd customers are of one company.
    numbers = [base.FIRST + 10 + (CUSTOMERS // 20_011 | 1) * step for step in range(20_000)]
    phones = [(base.phone(number), ("garance", "bleuet")[number % 2]) for number in numbers]
    return {"people": people, "token": base.token(centre), "phones": phones}


def _compare(centre: Running, arrivals: list[dict[str, Any]]) -> dict[str, list[str]]:
    """What the customers and the advisors know, held against what the centre keeps."""
    with base.connect(centre.home) as db:
        kept = db.execute(
            "SELECT external_id, id, state, advisor_id, customer_id IS NOT NULL, "
            "(SELECT count(*) FROM contacts_message m WHERE m.contact_id = c.id AND m.kind = 'in'), "
            "(SELECT count(*) FROM routing_offer o WHERE o.contact_id = c.id AND o.outcome = 'accepted') "
            "FROM contacts_contact c WHERE external_id = ANY(%s)",
            [[row["external_id"] for row in arrivals]],
        ).fetchall()
    by_id: dict[str, list[Any]] = {}
    for row in kept:
        by_id.setdefault(row[0], []).append(row)
    found: dict[str, list[str]] = {"lost": [], "doubled": [], "wrong": []}
    for row in arrivals:
        same = by_id.get(row["external_id"], [])
        if not same or not row["offers"]:
            found["lost"].append(row["external_id"])
        elif len(same) > 1 or same[0][5] != 1 or same[0][6] != 1:
            found["doubled"].append(f"{row['external_id']}: {len(same)}, {same[0][5]} messages, {same[0][6]} taken")
        elif not row["closed"] or (same[0][2], same[0][3], same[0][4]) != ("closed", row["by"], True):
            found["wrong"].append(f"{row['external_id']}: {same[0][2:5]}, the screen says {row['by']} {row['closed']}")
    return found


def _spread(values: list[float]) -> dict[str, float]:
    """Milliseconds at some shares of these seconds."""
    ranked = sorted(1000 * value for value in values)
    if not ranked:
        return {}
    at = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "most": 1.0}
    return {name: round(ranked[min(len(ranked) - 1, int(len(ranked) * share))], 1) for name, share in at.items()}


def _port(centre: Running) -> str:
    return str(urlsplit(centre.url).port)


def _cpu(centre: Running) -> dict[int, tuple[str, float]]:
    """CPU seconds of every process of the centre by name, those of its database too."""
    told: dict[int, tuple[str, int, float]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                text = (entry / "stat").read_text()
            except OSError:
                continue
            fields = text.rpartition(")")[2].split()
            name = text[text.find("(") + 1 : text.rfind(")")]
            told[int(entry.name)] = (name, int(fields[1]), (int(fields[11]) + int(fields[12])) / _TICKS)
    ours = {int((centre.home / "run.lock").read_text().split()[0])}
    grown = True
    while grown:
        more = {pid for pid, (_, parent, _) in told.items() if parent in ours} - ours
        grown = bool(more)
        ours |= more
    return {pid: (told[pid][0], told[pid][2]) for pid in ours if pid in told}


def _since(before: dict[int, tuple[str, float]], now: dict[int, tuple[str, float]]) -> dict[str, float]:
    used: dict[str, float] = {}
    for pid, (name, seconds) in now.items():
        used[name] = used.get(name, 0.0) + seconds - before.get(pid, (name, 0.0))[1]
    return used
