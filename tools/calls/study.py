"""What is done to the centre, and what must be true at each point."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tools.calls.carrier import eventually
from tools.calls.centre import There

SAMPLED = 10  # conversations of which the sound is listened to
WATCH_S = 10.0  # how long the processors are looked at when everybody is there
PASSWORD = "bonjour-la-demo-42"  # of a centre that lives for minutes
SAID = 30  # of what is wrong, while it runs
Facts = dict[str, Any]


@dataclass
class Report:
    """Figures, and sentences about what was not as it should be."""

    figures: Facts = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def check(self, holds: object, what: str) -> None:
        """Write down `what` unless it holds."""
        if not holds:
            self.wrong.append(what)
            if len(self.wrong) <= SAID:
                sys.stderr.write(f"  wrong: {what}\n")


class Study:
    """Calls of one round: `numbers` call, some talk, the others wait; then everybody leaves, each in their own way."""

    def __init__(self, there: There, say: Callable[[str], object], *, first: int = 0) -> None:
        self.there, self.say, self.first = there, say, first
        self.report = Report()
        self.draw = random.Random(7)

    # -- all at once -------------------------------------------------------------------------------------------------

    def hold(self, *, waiting: int, bridged: int, rate: int) -> None:
        """So many calls come; they are known as waiting and as talking, and those who talk hear one another."""
        there, report = self.there, self.report
        numbers = _numbers(self.first, waiting + bridged)
        used = there.cpu_s()
        there.carrier.call(numbers, rate=rate)
        settled = eventually(
            lambda: self._stands(active=bridged, waiting=waiting, talking=bridged), len(numbers) / rate + 90
        )
        counts = there.hands.ask("counts")
        report.check(settled, f"{bridged} never talked while {waiting} waited: {counts}")
        spent = {name: round(1000 * (now - used[name]) / len(numbers), 1) for name, now in there.cpu_s().items()}
        told = there.hands.ask("account")
        talkers = [n for n in numbers if [c["state"] for c in told["contacts"].get(n, [])] == ["active"]]
        for number in numbers:
            contacts = told["contacts"].get(number, [])
            report.check(len(contacts) == 1, f"{number} is {len(contacts)} contacts")
        report.check(not told["broken"], f"promises of the house broken: {told['broken']}")
        there.carrier.sounds.talk(talkers)
        self._look_at_the_exchange(waiting, bridged)
        self._listen(talkers)
        used = there.cpu_s()
        time.sleep(WATCH_S)
        now = there.cpu_s()
        times = there.carrier.times_ms()
        report.figures |= {
            "calls": len(numbers),
            "talking": len(talkers),
            "waiting": counts["contacts"].get("waiting", 0),
            "answered_p50_ms": _percentile(times, 0.5),
            "answered_p99_ms": _percentile(times, 0.99),
            "cpu_ms_a_call": spent,
            "cores_while_held": {name: round((now[name] - used[name]) / WATCH_S, 2) for name in used},
        }
        self.say(f"held: {report.figures}")

    def _stands(self, **wanted: int) -> bool:
        counts = self.there.hands.ask("counts")
        found = counts["contacts"] | {"talking": counts["calls"].get("talking", 0)}
        return all(found.get(name, 0) == number for name, number in wanted.items())

    def _look_at_the_exchange(self, waiting: int, bridged: int) -> None:
        """The exchange has each party once, and each conversation has two."""
        channels, bridges = self.there.exchange("channels"), self.there.exchange("bridges")
        together = [len(one["channels"]) for one in bridges if one["name"]]
        wanted = waiting + 2 * bridged
        self.report.check(len(channels) == wanted, f"{len(channels)} channels at the exchange, not {wanted}")
        self.report.check(sorted(together) == [2] * bridged, f"conversations of {sorted(set(together))} parties")

    def _listen(self, talkers: list[str]) -> None:
        """Who talks is heard at the other end; a sample hears what comes back, and nobody else."""
        there = self.there
        before = dict(there.phones.heard)
        sample = self.draw.sample(talkers, min(SAMPLED, len(talkers)))
        sounds = there.carrier.sounds
        sounds.listen_to(sample)
        time.sleep(2)
        alive = sum(count - before.get(peer, 0) > 50 for peer, count in there.phones.heard.items())
        self.report.check(alive >= len(talkers), f"{alive} of {len(talkers)} advisors hear their customer")
        deaf = [n for n in sample if not eventually(lambda n=n: sounds.hears(n, sounds.tone(n)) > 0.5, 10)]  # type: ignore[misc]
        self.report.check(not deaf, f"no sound in both directions: {deaf}")
        self.report.figures["sound_both_ways"] = f"{len(sample) - len(deaf)} of {len(sample)} sampled"

    # -- leaving -----------------------------------------------------------------------------------------------------

    def leave(self) -> None:
        """Everybody leaves: while waiting, while a telephone rings, in conversation, from each of the three sides."""
        there = self.there
        phones = list(there.people)
        for name in phones[: len(phones) // 10]:
            there.phones.manner[name] = "ring"
        for name in phones[len(phones) // 10 : len(phones) // 5]:
            there.phones.manner[name] = "busy"
        told = there.hands.ask("account")
        waiting = [n for n, found in told["contacts"].items() if found[-1]["state"] == "waiting"]
        there.carrier.hang_up(self.draw.sample(waiting, len(waiting) // 4))
        began = time.monotonic()
        while time.monotonic() - began < 240 and self._some_leave():
            time.sleep(1)
        over = eventually(self._all_quiet, 60)
        self.report.check(over, f"not over: {there.hands.ask('counts')}, {len(there.exchange('channels'))} channels")
        self.say(f"everybody left after {time.monotonic() - began:.0f} s")

    def _some_leave(self) -> bool:
        """A part of those who talk, and of those for whom a telephone rings, end their calls; False once nobody is
        there."""
        there = self.there
        told = there.hands.ask("account")
        talking, ringing = {}, []
        for number, found in told["contacts"].items():
            if found[-1]["state"] == "active":
                talking[number] = found[-1]["advisor"]
            elif found[-1]["state"] == "offered":
                ringing.append(number)
        chosen = self.draw.sample(sorted(talking), (len(talking) + 1) // 2)
        by_caller, by_phone, at_desk = chosen[0::3], chosen[1::3], chosen[2::3]
        of_person = {person: name for name, person in there.people.items()}
        there.carrier.hang_up([*by_caller, *ringing[::3]])
        there.phones.hang_up([of_person[talking[n]] for n in by_phone])
        there.hands.ask("end", [talking[n] for n in at_desk])
        return any(found[-1]["state"] != "closed" for found in told["contacts"].values())

    def _all_quiet(self) -> bool:
        counts = self.there.hands.ask("counts")
        contacts = {state: n for state, n in counts["contacts"].items() if state != "closed" and n}
        return not contacts and not sum(counts["calls"].values()) and not self.there.exchange("channels")

    # -- too many ----------------------------------------------------------------------------------------------------

    def flood(self, *, rate: int, seconds: int) -> None:
        """More calls a second than can be taken, from people who give up after a few seconds."""
        there, report = self.there, self.report
        there.hands.ask("free", list(there.people.values()))
        numbers = _numbers(self.first, rate * seconds)
        before = there.complaints()
        with _looking_at_pages(there) as pages:
            there.carrier.call(numbers, rate=rate, stays_ms=4000, sound=False)
            report.check(there.carrier.wait(seconds + 90), "calls of the flood that never end at the carrier")
        over = eventually(self._all_quiet, 120)
        report.check(over, f"not over: {there.hands.ask('counts')}, {len(there.exchange('channels'))} channels")
        fates = there.carrier.fates()
        begun = [fates[n].begun for n in numbers]
        report.figures |= {
            "calls": len(numbers),
            "answered": begun.count("answered"),
            "refused": begun.count("refused"),
            "without_an_answer": begun.count(""),
            "complaints": dict(there.complaints() - before),
            "page_p50_ms": _percentile(sorted(pages), 0.5),
            "page_p99_ms": _percentile(sorted(pages), 0.99),
            "pages": len(pages),
        }
        report.check(not begun.count(""), f"{begun.count('')} calls of the flood got no answer at all")
        self.say(f"flood: {report.figures}")

    # -- afterwards --------------------------------------------------------------------------------------------------

    def agree(self) -> None:
        """The carrier's own log and the centre's account say the same of every call; nothing is left anywhere."""
        there, report = self.there, self.report
        fates, told = there.carrier.fates(), there.hands.ask("account")
        lost = doubled = contacts = 0
        for number in there.carrier.sent[-report.figures["calls"] :]:
            fate, rows, known = fates[number], told["calls"].get(number, []), told["contacts"].get(number, [])
            contacts += len(known)
            lost += fate.begun == "answered" and not rows
            doubled += len(rows) > 1 or len(known) > 1
            for row in rows:
                report.check(row["over"], f"{number}: the call is not over")
                wanted = {"them": {"customer"}, "us": {"advisor", "closed", "us", "softphone"}}.get(fate.ended)
                agrees = wanted is None or row["ended_by"] in wanted
                report.check(agrees, f"{number}: ended by {row['ended_by']}, the carrier says {fate.ended}")
            for one in known:
                talked = bool(rows) and rows[-1]["talked"]
                # a customer may leave at the moment in which an advisor accepts
                fits = one["outcome"] == ("resolved" if one["accepted"] else "abandoned") and one["accepted"] >= talked
                report.check(one["state"] == "closed" and fits, f"{number}: {one}, {rows}")
        report.check(not lost, f"{lost} calls are lost")
        report.check(not doubled, f"{doubled} calls are there twice")
        report.check(not told["items"], f"{told['items']} work items are left")
        report.check(not told["broken"], f"promises of the house broken: {told['broken']}")
        report.check(not there.phones.talking(), f"telephones still in a call: {there.phones.talking()}")
        report.check(not there.exchange("channels"), "channels are left at the exchange")
        report.check(not there.exchange("bridges"), "bridges are left at the exchange")
        absent = len([1 for manner in there.phones.manner.values() if manner != "answer"])
        people = there.hands.ask("counts")["people"]
        free = people.pop("available", 0)
        away = people.pop("not_answering", 0)  # whose telephone rang in vain
        report.check(not people and away <= absent, f"advisors: {free} free, {away} do not answer, others {people}")
        there.phones.manner.clear()
        report.figures |= {"contacts": contacts, "lost": lost, "doubled": doubled}


def _numbers(first: int, count: int) -> list[str]:
    """Numbers that the regulator keeps for fiction, each once."""
    return [f"+3363998{first + number:04d}" for number in range(count)]


def _percentile(values: list[float], share: float) -> float:
    return round(values[min(len(values) - 1, int(len(values) * share))], 1) if values else 0.0


@contextmanager
def _looking_at_pages(there: There) -> Iterator[list[float]]:
    """Somebody at a desk asks for it again and again; how long each answer took, ms."""
    times: list[float] = []
    over = threading.Event()

    def look() -> None:
        with httpx.Client(base_url=there.url, follow_redirects=True, trust_env=False, timeout=60) as desk:
            page = desk.get("/accounts/login/")
            token = page.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
            desk.post(
                "/accounts/login/",
                data={"login": "superviseur@demo.test", "password": PASSWORD, "csrfmiddlewaretoken": token},
                headers={"Referer": there.url},
            ).raise_for_status()
            while not over.is_set():
                began = time.monotonic()
                desk.get("/floor").raise_for_status()
                times.append(1000 * (time.monotonic() - began))
                over.wait(0.25)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield times
    finally:
        over.set()
        thread.join(60)
