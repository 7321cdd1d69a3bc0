"""P1: contacts routed a second, durably, from arrival to offer: 200 advisors, 20 queues, skills.

On one embedded server with fsync on: first `bench.claims`, then a router (`ligne serve router`, the real process),
processes that let contacts arrive (`contacts.services.arrive_many`, groups in one transaction each: contact, message,
place, counters, journal), and one that plays the advisors, so that they are free again. A contact is routed when its
offer is committed. The window begins after the warm-up and is told by the rows themselves.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import claims
from bench.centre import LIGNE, ROOT, folder
from bench.measure import Measure
from ligne.kit import postgres

CLAIM_S, WARM_S, WINDOW_S = 8, 5, 25
ALONE_S = 8
GROUP, MOST_WAITING, ANSWER_EVERY_S = 100, 400, 0.02
BAR = 0.25


def measures() -> Iterator[Measure]:
    """P1, with the rate of claims taken just before."""
    with folder() as home, postgres.Server(home) as server:
        environment = _environment(home)
        subprocess.run([str(LIGNE), "migrate"], env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        claimed = claims.rates(server, home, CLAIM_S)
        _hands(environment, "make").wait()
        figures = _run(server, environment)
        alone = json.loads(_hands(environment, "decide", str(ALONE_S), str(GROUP)).communicate()[0])
        best = max(claimed.values())
        figures |= {
            "router_alone_per_s": round(alone["offers"] / alone["seconds"]),
            "claims_per_s": {str(clients): round(rate) for clients, rate in claimed.items()},
            "ratio": round(figures["routed_per_s"] / best, 3),
            "load_average": round(os.getloadavg()[0], 1),
        }
        yield Measure(
            "P1",
            "contacts routed a second, durable, arrival (in groups of 100) to offer: 200 advisors, 20 queues, skills",
            "at least 25 % of the best SKIP LOCKED claim rate of pgbench in the same run; nobody offered two at once",
            figures,
            figures["ratio"] >= BAR and not figures["wrong"],
        )


def _environment(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LIGNE_", "DATABASE_URL"))}
    return kept | {"LIGNE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "ligne.site.settings"}


def _hands(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bench.routing_floor", *arguments],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def _run(server: postgres.Server, environment: dict[str, str]) -> dict[str, Any]:
    others = [_hands(environment, "answer", "600", str(ANSWER_EVERY_S))]
    router = subprocess.Popen([str(LIGNE), "serve", "router"], env=environment, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        others.append(_hands(environment, "arrive", "600", str(GROUP), str(MOST_WAITING)))
        with server.admin("ligne") as db:
            _until_it_runs(db)
            before, began = _offers(db), time.monotonic()
            start = db.execute("SELECT now()").fetchone()[0]  # type: ignore[index]
            time.sleep(WINDOW_S)
            after, took = _offers(db), time.monotonic() - began
            return {"routed_per_s": round((after - before) / took)} | _told(db, start)
    finally:
        for process in (*others, router):
            process.terminate()
        for process in (*others, router):
            process.wait(20)


def _until_it_runs(db: Any) -> None:
    """The processes have begun, and their caches are warm."""
    began = time.monotonic()
    while not _offers(db):
        if time.monotonic() - began > 120:
            raise RuntimeError("nothing was routed within two minutes")
        time.sleep(0.2)
    time.sleep(WARM_S)


def _offers(db: Any) -> int:
    return int(db.execute("SELECT count(*) FROM routing_offer").fetchone()[0])


def _told(db: Any, start: Any) -> dict[str, Any]:
    """How long contacts waited, and whether anything is wrong: two open offers for one item or one advisor and lane, an
    offer whose contact says otherwise, an offer without its line in the journal."""
    waits = db.execute(
        "SELECT percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY extract(epoch FROM offered_at - arrived_at))"
        " FROM contacts_contact WHERE offered_at >= %s",
        [start],
    ).fetchone()[0]
    wrong = db.execute(
        """
        SELECT (SELECT count(*) FROM (SELECT advisor_id FROM routing_workitem WHERE state = 'offered'
                                       GROUP BY advisor_id, live HAVING count(*) > 1) AS twice)
             + (SELECT count(*) FROM routing_offer o JOIN contacts_contact c ON c.id = o.contact_id
                 WHERE o.outcome = 'open' AND (c.state <> 'offered' OR c.advisor_id <> o.advisor_id))
             + (SELECT abs((SELECT count(*) FROM routing_offer) - (SELECT count(*) FROM journal_entry
                 WHERE kind = 'contact.moved' AND data->>'passage' = 'offer')))
        """
    ).fetchone()[0]
    return {"wait_p50_s": round(waits[0], 3), "wait_p99_s": round(waits[1], 3), "wrong": int(wrong)}


if __name__ == "__main__":
    for measure in measures():
        sys.stdout.write(json.dumps(measure.__dict__, indent=1) + "\n")
