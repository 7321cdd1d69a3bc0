"""The rounds: traffic all along, one fault in the middle of each, and a comparison at its end."""

from __future__ import annotations

import contextlib
import json
import os
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ligne.site.simulation.faults import disks
from ligne.site.simulation.faults.victim import Victim, folder

RATE, COLLEAGUES, PACE_S = 120.0, 6, 1.0
BEFORE_S, AFTER_S, LIMIT_S = 4.0, 4.0, 10.0
ADVISOR = "conseiller@demo.test"
Tell = Callable[[str], None]


@dataclass
class Round:
    """What came of one fault. `back_s`: seconds until the service was whole again, None: not in time to be measured."""

    fault: str
    back_s: float | None
    acknowledged: dict[str, int]
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the centre kept its word."""
        return not (self.lost or self.doubled or self.wrong)


def run(rounds: int, seed: int, only: Sequence[str], tell: Tell) -> dict[str, Any]:
    """Start a centre, break it `rounds` times, stop it; returns the summary."""
    with folder() as home:
        small = disks.make(home)
        victim = Victim(home, small=small)
        os.environ.update(victim.settings)  # the comparison asks this centre's database
        try:
            victim.start()
            import django

            django.setup()
            return _Drill(victim, seed, tell).run(_plan(rounds, seed, only, small=small), small=small)
        finally:
            victim.stop()
            if small:
                disks.drop(home)


def _plan(rounds: int, seed: int, only: Sequence[str], *, small: bool) -> list[str]:
    """Which fault each round has: every one before any comes again, in an order drawn by `seed`."""
    from ligne.site.simulation.faults import kinds

    rng = random.Random(seed)  # noqa: S311 - a plan, no secret
    possible = [name for name in only or kinds.FAULTS if small or name not in kinds.NEED_SMALL_DISKS]
    plan: list[str] = []
    while possible and len(plan) < rounds:
        if not only:
            rng.shuffle(possible)
        plan += possible
    return plan[:rounds]


class _Drill:
    """One centre and everybody who writes to it."""

    def __init__(self, victim: Victim, seed: int, tell: Tell) -> None:
        from ligne.contacts.models import Contact
        from ligne.site.simulation.faults.customers import Shop
        from ligne.site.simulation.faults.kinds import Place
        from ligne.site.simulation.ledger import Ledger
        from ligne.site.simulation.people import Public

        self.victim, self.tell = victim, tell
        self.ledger, self.public = Ledger(), Public(seed)
        token = victim.ligne("token", "create", "--user", ADVISOR, "--scope", "*").strip()
        self.shop = Shop(victim, token, Public(seed + 1), self.ledger)
        rng = random.Random(seed)  # noqa: S311 - moments, no secrets
        self.place = Place(victim, Public(seed + 2), self.shop, self.ledger, rng)
        self.first = Contact.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def run(self, plan: list[str], *, small: bool) -> dict[str, Any]:
        """Every round, then the journal and a backup."""
        done = []
        with self._colleagues():
            for number, fault in enumerate(plan, 1):
                result = self._round(fault)
                done.append(result)
                self.tell(_line(number, len(plan), result))
        backs = [one.back_s for one in done if one.back_s is not None]
        summary: dict[str, Any] = {
            "rounds": [asdict(one) for one in done],
            "acknowledged": self.ledger.count(),
            "slowest_back_s": max(backs, default=None),
            "back_in_time": all(one.back_s is not None and one.back_s <= LIMIT_S for one in done),
            "left_out": [] if small else ["files full", "database full: mounting a small disk needs root, on Linux"],
            "journal": json.loads(self.victim.ligne("journal", "verify", "--json")),
            "backup": self._backup(),
        }
        kept = all(one.ok for one in done) and summary["journal"]["ok"] and summary["backup"]["same_journal"]
        return summary | {"ok": bool(done) and kept}

    def _round(self, fault: str) -> Round:
        from ligne.site.simulation import audit
        from ligne.site.simulation.faults import checking, kinds

        before = self.ledger.count()
        with self._customers():
            time.sleep(BEFORE_S)
            kinds.FAULTS[fault](self.place)
            back = checking.back_after(self.victim)
            time.sleep(AFTER_S)
        audit.wait_for_the_database()
        settled = checking.settle()
        lines = [line for kind in self.ledger.count() for line in self.ledger.lines(kind)]
        found = checking.compare(lines, self.first)
        wrong = found.wrong if settled else [*found.wrong, "something acknowledged is still on its way"]
        after = self.ledger.count()
        grown = {kind: count - before.get(kind, 0) for kind, count in after.items() if count > before.get(kind, 0)}
        return Round(fault, back, grown, found.lost, found.doubled, wrong)

    @contextlib.contextmanager
    def _customers(self) -> Iterator[None]:
        """Mails, chats and the shop's contacts, until the end of the block; conversations are then left to end."""
        from ligne.site.simulation import traffic

        over, plan = (
            threading.Event(),
            traffic.Plan(RATE, 60.0, traffic.CHANNELS, self.victim.url, "127.0.0.1", self.victim.smtp_port),
        )
        with ThreadPoolExecutor(2) as crowd:
            writing = crowd.submit(traffic.run, plan, self.public, self.ledger, threading.Event(), until=over)
            shopping = crowd.submit(self.shop.run, over)
            try:
                yield
            finally:
                over.set()
            writing.result()
            shopping.result()

    @contextlib.contextmanager
    def _colleagues(self) -> Iterator[None]:
        from ligne.site.simulation import colleagues

        stop = threading.Event()
        crew = [
            threading.Thread(target=colleagues.work, args=(user, stop, PACE_S))
            for user in colleagues.choose(COLLEAGUES)
        ]
        for one in crew:
            one.start()
        try:
            yield
        finally:
            stop.set()
            for one in crew:
                one.join()

    def _backup(self) -> dict[str, Any]:
        """Everything in one file, brought back elsewhere: the journal is the same."""
        with tempfile.TemporaryDirectory(prefix="ligne-faults-") as there:
            Path(there).chmod(0o755)
            file, home = Path(there) / "centre.tar", Path(there) / "home"
            made = json.loads(self.victim.ligne("backup", "--with-key", str(file), "--json"))
            self.victim.ligne("restore", str(file), "--json", LIGNE_HOME=str(home))
            found = json.loads(self.victim.ligne("journal", "verify", "--json", LIGNE_HOME=str(home)))
            same = found["ok"] and found["head"] == made["journal_head"]
            return {"same_journal": same, "head": found["head"]}


def _line(number: int, total: int, result: Round) -> str:
    back = f"back in {result.back_s:>4} s" if result.back_s is not None else "not back in time"
    acknowledged = " ".join(f"{count} {kind}" for kind, count in sorted(result.acknowledged.items()))
    verdict = "ok"
    if not result.ok:
        named = {"lost": result.lost, "doubled": result.doubled, "wrong": result.wrong}
        verdict = "; ".join(f"{word}: {', '.join(what[:5])}" for word, what in named.items() if what)
    return f"round {number:>2}/{total}  {result.fault:<18} {back}  acknowledged {acknowledged}  {verdict}"
