"""`python -m bench.advisors PORT RATE SECONDS WORK`: customers arrive and advisors at their desks take them.

stdin is one JSON line: {"people", "token", "phones"}. Arrivals come by the API at RATE a second, evenly; each advisor
follows a live line, accepts what is offered through the desk's own requests, opens the exchange and the file,
works for WORK seconds and wraps up. Prints what the customers and the advisors know: one JSON line.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import resource
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import uvloop

from bench.browsers import Browser, Connection, Wish

_REASON = re.compile(rb'<optgroup[^>]*><option value="(\d+)"')
_CUSTOMER = re.compile(rb'data-customer="(\d+)"')
SETTLE_S = 60
API_CONNECTIONS = 8
BAR_S = 20


@dataclass
class Story:
    """One contact as its customer and its advisor know it; moments in seconds of one clock."""

    number: int
    external_id: str
    sent: float
    kept: float = 0.0
    contact: int = 0
    offered: list[float] = field(default_factory=list)
    accepted: float = 0.0
    opened: float = 0.0
    by: int = 0
    closed: bool = False


class Advisor:
    """Somebody at their desk."""

    def __init__(self, floor: Floor, person: dict[str, Any]) -> None:
        self.floor = floor
        self.id = int(person["id"])
        self.browser = Browser(floor.port, person["cookie"])
        self.shown = 0
        self._offer = Wish(lambda: self.browser.get("/offer/"))
        self._mine = Wish(lambda: self.browser.get("/work/mine/"))
        self._exchange = Wish(lambda: self.browser.get(f"/contacts/{self.shown}/", f"exchange-{self.shown}"))

    async def sit_down(self) -> None:
        """Open the page's line; from now on the bar asks by itself now and then."""
        await self.browser.line(self.heard)
        self.floor.begin(self._follow_the_bar())

    async def _follow_the_bar(self) -> None:
        await asyncio.sleep(random.uniform(0, BAR_S))
        while True:
            await self.browser.get("/work/bar/")
            await asyncio.sleep(BAR_S)

    def heard(self, name: str, data: Any) -> None:
        """What the page does at an event."""
        if name == "offer":
            self.floor.begin(self._take(data["item_id"], data["contact_id"], time.monotonic()))
        elif name == "work":
            self.floor.begin(self._mine.want())
        elif name == "offer-over":
            self.floor.begin(self._offer.want())
        elif name == f"contact-{self.shown}":
            self.floor.begin(self._exchange.want())

    async def _take(self, item: int, contact: int, offered: float) -> None:
        story = self.floor.story_of(contact)
        story.offered.append(offered)
        self.floor.begin(self._mine.want())
        await self._offer.want()  # the banner is drawn, the person accepts at once
        accepting = self.browser.post(f"/work/{item}/accept/")
        status, _ = await accepting
        if status != 200:
            return
        story.accepted, story.by, self.shown = time.monotonic(), self.id, contact
        drawn, done = await self.browser.draw(f"/contacts/{contact}/")
        if found := _CUSTOMER.search(drawn):
            _, file_done = await self.browser.draw(f"/customers/{found[1].decode()}/panel/?contact={contact}")
            story.opened = max(done, file_done)
        await asyncio.sleep(self.floor.work_s * random.uniform(0.8, 1.2))
        reason = _REASON.search(drawn)
        said = f"reason={reason[1].decode() if reason else ''}&outcome=resolved&next_step=none&summary="
        status, _ = await self.browser.post(f"/contacts/{contact}/wrap-up/", said)
        story.closed = status == 200


class Floor:
    """All of them, and who arrives."""

    def __init__(self, port: int, work_s: float, given: dict[str, Any]) -> None:
        self.port = port
        self.work_s = work_s
        self.advisors = [Advisor(self, person) for person in given["people"]]
        self.stories: dict[int, Story] = {}
        self.arrivals: list[Story] = []
        self._token = given["token"]
        self._phones: list[tuple[str, str]] = given["phones"]
        self._tasks: set[asyncio.Task[Any]] = set()
        self._doors = [Connection(port) for _ in range(API_CONNECTIONS)]
        self.failures: list[str] = []

    def begin(self, work: Any) -> None:
        """Let it run by itself."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.failures.append(repr(task.exception()))

    def story_of(self, contact: int) -> Story:
        """The story of this contact; its offer may be heard before its arrival is answered."""
        return self.stories.setdefault(contact, Story(-1, "", 0.0))

    async def play(self, rate: float, seconds: float) -> float:
        """Open the desks, let people arrive, wait for the last; returns how late the arrivals were at worst."""
        for start in range(0, len(self.advisors), 100):
            await asyncio.gather(*(advisor.sit_down() for advisor in self.advisors[start : start + 100]))
        run, began, latest = f"{time.time_ns()}", time.monotonic(), 0.0
        for number in range(int(rate * seconds)):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            latest = max(latest, time.monotonic() - due)
            story = Story(number, f"{run}-{number}", time.monotonic())
            self.arrivals.append(story)
            self.begin(self._arrive(story))
        deadline = time.monotonic() + SETTLE_S
        while time.monotonic() < deadline and not all(self.merged(story).closed for story in self.arrivals):
            await asyncio.sleep(0.2)
        return latest

    async def _arrive(self, story: Story) -> None:
        phone, slug = self._phones[story.number % len(self._phones)]
        body = json.dumps(
            {
                "channel": "email",
                "queue": f"{slug}-courriel",
                "from": {"phone": phone},
                "subject": "Ma facture de novembre",
                "text": "Bonjour, je ne comprends pas la dernière ligne de ma facture. Pouvez-vous m’aider ?",
                "external_id": story.external_id,
            }
        ).encode()
        head = f"POST /api/v1/contacts HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self._token}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        status, answer = await self._doors[story.number % API_CONNECTIONS].ask(head.encode() + body)
        if status != 201:
            self.failures.append(f"arrival answered {status}")
            return
        story.kept, story.contact = time.monotonic(), int(json.loads(answer)["id"])

    def merged(self, story: Story) -> Story:
        """The customer's half and the advisor's half of a story."""
        known = self.stories.get(story.contact)
        return known or story

    def told(self) -> dict[str, Any]:
        """Everything both sides know."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        rows = []
        for story in self.arrivals:
            known = self.merged(story)
            rows.append(
                {
                    "external_id": story.external_id,
                    "contact": story.contact,
                    "sent": story.sent,
                    "kept": story.kept,
                    "offers": known.offered,
                    "accepted": known.accepted,
                    "opened": known.opened,
                    "by": known.by,
                    "closed": known.closed,
                }
            )
        return {
            "arrivals": rows,
            "requests": sum(advisor.browser.requests for advisor in self.advisors),
            "wrong": [each for advisor in self.advisors for each in advisor.browser.wrong],
            "failures": self.failures,
            "cpu_s": used.ru_utime + used.ru_stime,
        }


async def main() -> None:
    """Play it and tell."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    port, rate, seconds, work_s = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
    floor = Floor(port, work_s, json.loads(sys.stdin.readline()))
    late = await floor.play(rate, seconds)
    json.dump(floor.told() | {"late_s": round(late, 3)}, sys.stdout)


if __name__ == "__main__":
    uvloop.run(main())
