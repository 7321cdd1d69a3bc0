"""Call, contact and people agree, whatever happens and in whatever order: the flow beside a small model of routing."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ligne.channels.voice.rules.flow import ADVISOR, CUSTOMER, SUPERVISOR, THIRD, Phase, meaning, words
from tests.channels.voice.test_flow import Exchange

PEOPLE = (5, 6, 7)
OPEN = ("waiting", "offered", "active")


class World:
    """A call, its contact and three people. What becomes of the contact is told to the call when `hear` is called:
    later than it happened, as in earnest."""

    def __init__(self) -> None:
        self.x = Exchange()
        self.contact, self.who = "", 0  # "", waiting, offered, active, wrap_up, closed; offered to or with whom
        self.made = 0
        self.told = 0  # how often the contact changed and the call was not told
        self.do(words.Arrived())

    def do(self, event: words.Event) -> None:
        """Let something happen, and what follows from it at once."""
        following = [event]
        while following:
            for command in self.x.tell(following.pop(0)):
                following += self._spine(command)

    def hear(self) -> None:
        """The call is told where its contact stands."""
        while self.told:
            self.told = 0
            for event in self._standing():
                self.do(event)

    def move(self, state: str, who: int = 0) -> None:
        """Routing, the desk or the call moves the contact."""
        self.contact, self.who = state, who
        self.told += 1

    def _standing(self) -> list[words.Event]:
        if self.x.call.contact_id != self.made:
            return []
        return meaning(self.x.call, self.contact, self.who or None, self.x.call.queue)

    def _spine(self, command: words.Command) -> list[words.Event]:
        match command:
            case words.Place():
                if self.contact not in OPEN:
                    self.made += 1
                    self.move("waiting")
                return [words.Placed(self.made)]
            case words.Accept(user):
                if (self.contact, self.who) == ("offered", user):
                    self.move("active", user)
                    return [words.Accepted(user)]
                return self._standing()
            case words.GiveBack(user):
                if self.who == user and self.contact in {"offered", "active"}:
                    self.move("waiting")
                return self._standing()
            case words.GiveTo(user) if self.contact == "active":
                self.move("active", user)
            case words.Abandon() | words.EndContact() | words.PromiseCallBack() if self.contact in OPEN:
                self.move("wrap_up" if self.contact == "active" else "closed", self.who)
        return []

    # -- what may happen ---------------------------------------------------------------------------------------------

    def offer(self, number: int) -> None:
        if self.contact == "waiting":
            self.move("offered", PEOPLE[number % 3])

    def expire(self, number: int) -> None:
        if self.contact == "offered":
            self.move("waiting")

    def accept(self, number: int) -> None:
        if self.contact == "offered":
            self.move("active", self.who)

    def end_at_desk(self, number: int) -> None:
        if self.contact == "active":
            self.move("wrap_up", self.who)

    def requeue(self, number: int) -> None:
        if self.contact == "active":
            self.move("waiting")

    def lift(self, number: int) -> None:
        """A telephone that rings is lifted."""
        ringing = [leg.channel for leg in self.x.call.legs if not leg.up]
        if ringing:
            self.do(words.Answered(ringing[number % len(ringing)]))

    def drop(self, number: int, cause: int = 16) -> None:
        """Somebody hangs up, turns down, or is cut off."""
        there = [leg.channel for leg in self.x.call.legs]
        if there:
            self.do(words.Gone(there[number % len(there)], cause))

    def cut(self, number: int) -> None:
        self.drop(number, 0)

    def ears(self, number: int) -> None:
        self.hear()

    def played(self, number: int) -> None:
        self.do(words.Played(self.x.call.playing))

    def press(self, number: int) -> None:
        if "cust" in self.x.open:
            self.do(words.Pressed("cust", "149"[number % 3]))

    def late(self, number: int) -> None:
        self.do(words.Late(("menu", "place", "position", "lost")[number % 4]))

    def act(self, number: int) -> None:
        """A button at the desk; it is asked of a call of which one has the contact."""
        if self.contact == "active":
            acts: tuple[words.Event, ...] = (
                words.Hold(True), words.Hold(False), words.Consult(PEOPLE[number % 3]), words.Transfer(),
                words.Consult(number="+33162000000"), words.Conference(), words.DropThird(), words.Object(),
                words.Pay(True), words.Pay(False), words.Watch(6, "whisper"), words.Watch(6, "join"),
                words.Watch(6, ""), words.TakeOver(6), words.Pause(True), words.Ready(self.who),
            )  # fmt: skip
            self.do(acts[number % len(acts)])

    # -- what must hold ----------------------------------------------------------------------------------------------

    def agrees(self) -> None:
        """Once everything was heard."""
        call = self.x.call
        if call.phase == Phase.ENDED:
            assert self.contact not in OPEN, f"the call is over, the contact {self.contact}"
            assert self.x.open == set(), "somebody is left on the line"
            assert self.x.recording is None, "the recording goes on"
            return
        if self.contact == "active":
            assert call.accepted_by == self.who, f"with {self.who}, the call with {call.accepted_by}"
            assert call.phase in {Phase.WAITING, Phase.TALKING}
        if self.contact == "waiting":
            assert call.phase == Phase.WAITING, f"the contact waits, the call is {call.phase}"
            assert call.accepted_by is None
        if call.phase == Phase.TALKING:
            assert self.contact == "active", f"they talk, the contact is {self.contact}"
        ringing = [leg for leg in call.legs if leg.role in {ADVISOR, THIRD, SUPERVISOR}]
        if self.contact == "waiting":
            assert not ringing, "a telephone rings for nobody"


NAMES = (
    "offer", "expire", "accept", "end_at_desk", "requeue", "lift", "drop", "cut", "ears", "played", "press", "late",
    "act",
)  # fmt: skip
STEPS = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 15)), max_size=30)
BEGUN: dict[str, list[tuple[str, int]]] = {
    "prompt": [],
    "waiting": [("played", 0), ("ears", 0)],
    "ringing": [("played", 0), ("ears", 0), ("offer", 0), ("ears", 0)],
    "talking": [("played", 0), ("ears", 0), ("offer", 0), ("ears", 0), ("lift", 0), ("ears", 0)],
    "consulting": [("played", 0), ("offer", 0), ("ears", 0), ("lift", 0), ("ears", 0), ("act", 4), ("lift", 0)],
    "handed": [
        ("played", 0), ("offer", 0), ("ears", 0), ("lift", 0), ("ears", 0), ("act", 4), ("lift", 0), ("act", 3),
        ("ears", 0),
    ],
}  # fmt: skip


def world(begun: str, steps: list[tuple[str, int]]) -> World:
    """A world in which this has happened."""
    here = World()
    for name, number in BEGUN[begun] + steps:
        does: Callable[[int], None] = getattr(here, name)
        does(number)
    return here


@settings(max_examples=600)
@given(st.sampled_from(sorted(BEGUN)), STEPS)
@example("ringing", [("accept", 0), ("drop", 0)])
@example("ringing", [("lift", 0), ("expire", 0), ("ears", 0)])
@example("talking", [("act", 0), ("drop", 0)])
def test_call_contact_and_people_agree_in_any_order(begun: str, steps: list[tuple[str, int]]) -> None:
    here = world(begun, steps)
    here.hear()
    here.agrees()


@settings(max_examples=600)
@given(st.sampled_from(sorted(BEGUN)), STEPS)
def test_once_the_customer_has_left_everybody_is_free(begun: str, steps: list[tuple[str, int]]) -> None:
    here = world(begun, steps)
    if "cust" in here.x.open:
        here.do(words.Gone("cust", 16))
    here.hear()
    assert here.x.call.phase == Phase.ENDED
    here.agrees()
    assert here.contact not in OPEN


def test_the_beginnings_are_what_they_say() -> None:
    for begun, phase in {
        "prompt": Phase.PROMPT, "waiting": Phase.WAITING, "ringing": Phase.WAITING, "talking": Phase.TALKING,
        "consulting": Phase.TALKING, "handed": Phase.HANDED,
    }.items():  # fmt: skip
        here = world(begun, [])
        assert here.x.call.phase == phase, begun
        assert here.x.call.leg(CUSTOMER) is not None
    assert world("consulting", []).x.call.up(THIRD) is not None
