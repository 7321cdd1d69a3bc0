"""`python -m tools.cluster [--short] [--keep] [ROUND …]`: build, break, compare; 1 when something was lost."""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.cluster import clients, rounds
from tools.cluster.centre import Cluster, built
from tools.cluster.hosts import missing, until

LAST = Path(__file__).resolve().parents[2] / "bench" / "last.json"
ADVISORS = 4
# What a desk may wait for its live line at most, seconds: a takeover and one patience of the browser.
DESK_S = 45.0


def main() -> int:
    """Run the rounds; print one JSON line for each and one at the end."""
    asked = _arguments()
    lacking = missing()
    if lacking:
        sys.stderr.write(f"the cluster needs: {', '.join(lacking)} (apt-get install patroni etcd-server haproxy …)\n")
        return 2
    names = asked.rounds or (list(rounds.SHORT) if asked.short else list(rounds.FAULTS))
    with built(keep=asked.keep) as cluster:
        _say(f"folder {cluster.folder}")
        began = time.monotonic()
        cluster.start(_say, customers=asked.customers)
        _say(f"three hosts serve after {time.monotonic() - began:.0f} s; leader {cluster.leader().name}")
        return _rounds(cluster, names)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.cluster", description=__doc__)
    parser.add_argument("rounds", nargs="*", choices=[*rounds.FAULTS, []], help="which rounds; without, all of them")
    parser.add_argument("--short", action="store_true", help=f"only {', '.join(rounds.SHORT)}")
    parser.add_argument("--customers", type=int, default=300, help="of the demo company")
    parser.add_argument("--keep", action="store_true", help="keep the hosts' logs and data")
    return parser.parse_args()


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


class Outside:
    """Everybody outside: three customers at each door, advisors, a looker and a desk."""

    def __init__(self, cluster: Cluster) -> None:
        self.addresses = [host.address for host in cluster.hosts]
        self.stop, self.leave = threading.Event(), threading.Event()
        self.ledger = clients.Ledger()
        token = cluster.hosts[1].ligne("token", "create", "--user", "superviseur@demo.test", "--scope", "*").strip()
        doors: dict[str, Callable[[], clients.Try]] = {
            "api": lambda: clients.by_api(self.addresses, token),
            "mail": lambda: clients.by_mail(self.addresses),
        }
        self.threads = [
            threading.Thread(
                target=clients.customers, args=(door, make(), self.ledger, self.stop, 0.5), name=door, daemon=True
            )
            for door, make in doors.items()
            for _ in range(3)
        ]
        cookies = clients.sign_in(self.addresses, "superviseur@demo.test", cluster.secrets["demo_password"])
        self.looker = clients.Looker(self.addresses, cookies, self.leave)
        self.desk = clients.Desk(list(reversed(self.addresses)), cookies, self.leave)
        self.crew = _crew(self.leave)

    def begin(self) -> None:
        """Everybody starts."""
        for thread in (*self.threads, *self.crew, self.looker, self.desk):
            thread.start()

    def end(self) -> None:
        """Customers finish what they had begun; then the others leave."""
        self.stop.set()
        for thread in self.threads:
            thread.join(clients.PATIENCE_S + 20)
        self.leave.set()
        for thread in (*self.crew, self.looker):
            thread.join(20)


def _crew(stop: threading.Event) -> list[threading.Thread]:
    from ligne.site.simulation import colleagues

    chosen = colleagues.choose(ADVISORS)
    return [
        threading.Thread(target=colleagues.work, args=(user, stop), name=f"advisor {user.pk}", daemon=True)
        for user in chosen
    ]


def _rounds(cluster: Cluster, names: list[str]) -> int:
    os.environ |= cluster.hosts[0].environment() | {"DATABASE_URL": cluster.database_url}
    for name in ("DATABASE_URL_DIRECT", "DATABASE_URL_REPLICA"):
        os.environ.pop(name, None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "ligne.site.settings"
    import django

    django.setup()
    from tools.cluster import audit

    outside = Outside(cluster)
    before = audit.sizes()
    outside.begin()
    time.sleep(8)
    wrong: list[str] = []
    for name in names:
        told = _one(cluster, name, outside)
        print(json.dumps({"round": name} | told.refused_s | told.notes), flush=True)
        wrong += _judge(told)
    outside.end()
    time.sleep(5)
    found = audit.compare(outside.ledger) | audit.each_contact(before, audit.sizes())
    _keep(found)
    looked = outside.looker.wrong()
    print(json.dumps(found | {"pages_answered_wrongly": looked, "wrong": wrong}), flush=True)
    return int(bool(found["lost"] or found["doubled"] or found["disagree"] or looked or wrong))


def _keep(found: dict[str, Any]) -> None:
    """Leave the sizes beside the bench's figures, for tools/scale.py."""
    kept = json.loads(LAST.read_text()) if LAST.exists() else {}
    kept["cluster"] = {name: value for name, value in found.items() if isinstance(value, int | dict)}
    LAST.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n")


def _one(cluster: Cluster, name: str, outside: Outside) -> rounds.Round:
    told = rounds.Round(name, time.monotonic())
    _say(f"round {name}")
    rounds.FAULTS[name](cluster, told)
    told.ended = time.monotonic()
    until("the cluster to be whole again", cluster.is_whole, 300)
    told.notes["whole_again_s"] = round(time.monotonic() - told.began, 1)
    for door in ("api", "mail"):
        silence = outside.ledger.longest_silence(door, told.began, told.ended)
        told.refused_s[f"{door}_silent_s"] = round(silence, 1)
    heard = outside.desk.silence_after(told.ended - 5)
    told.notes["desk_through"] = outside.desk.through[-1] if outside.desk.through else None
    told.notes["desk_heard_again"] = heard is not None and heard < DESK_S
    time.sleep(6)
    return told


def _judge(told: rounds.Round) -> list[str]:
    facts: dict[str, Any] = told.notes
    wrong = []
    if not facts["desk_heard_again"]:
        wrong.append(f"{told.name}: the desk heard nothing")
    if facts.get("leaders_seen_outside", 0) > 1:
        wrong.append(f"{told.name}: two leaders")
    if facts.get("of_these_lost", 0):
        wrong.append(f"{told.name}: acknowledged by the host that was cut off, and lost")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
