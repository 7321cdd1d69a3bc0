"""What is known of a call at one moment. Everything else about it follows from this."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

CUSTOMER, ADVISOR, THIRD, SUPERVISOR = "customer", "advisor", "third", "supervisor"
LISTEN, WHISPER, JOIN = "listen", "whisper", "join"
# After the steps of a payment: the bank is asked; all is said, the customer comes back.
ASKING, OVER = "asking", "over"
# A number, then a tone: the advisor said before what comes at one, two and three.
PAYMENT_PROMPTS = {
    "number": ("number:1", "sound:beep"),
    "expiry": ("number:2", "sound:beep"),
    "code": ("number:3", "sound:beep"),
}


class Phase(StrEnum):
    """Where the customer is."""

    PROMPT = "prompt"  # hears the welcome, or why the line is closed
    MENU = "menu"  # is asked to press a key
    WAITING = "waiting"  # waits in a queue for an advisor
    VOICEMAIL = "voicemail"  # leaves a message
    DIALLING = "dialling"  # is being called by an advisor
    TALKING = "talking"  # is with an advisor, on hold, in conference
    HANDED = "handed"  # talks to somebody outside to whom the call was transferred
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Option:
    """A key of a menu. `action`: "queue" (target its slug), "menu" (its name), "voicemail", "number" (E.164), "repeat";
    "record_no" objects to the recording and goes on."""

    action: str
    target: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the administrator decided for the number that was dialled, fixed for this call when it arrives.

    Prompts are what the exchange can play ("sound:…", a kept file's name). `menus` is {name: (prompts, {key: Option})};
    `closed` says why nobody answers now ("" = open) and `closed_to` what follows: "voicemail" or "hangup".
    """

    principal_id: int
    line: str
    queue: str
    language: str = "fr"
    welcome: tuple[str, ...] = ()
    menus: dict[str, tuple[tuple[str, ...], dict[str, Option]]] = field(default_factory=dict)
    menu: str = ""
    closed: str = ""
    closed_prompts: tuple[str, ...] = ()
    closed_to: str = "hangup"
    position_every_s: int = 45
    call_back_key: str = ""
    call_back_prompts: tuple[str, ...] = ()
    voicemail_prompts: tuple[str, ...] = ()
    payment_prompts: dict[str, tuple[str, ...]] = field(default_factory=lambda: dict(PAYMENT_PROMPTS))
    objection_key: str = ""
    recorded: bool = False  # this call was drawn for recording
    moh: str = "default"


@dataclass(frozen=True, slots=True)
class Leg:
    """One party's channel. `user_id` for people of ours, `number` (E.164) for the others; `up` once answered."""

    channel: str
    role: str
    user_id: int | None = None
    number: str = ""
    up: bool = False
    mode: str = ""  # a supervisor's: listen, whisper or join


@dataclass(frozen=True, slots=True)
class Paying:
    """A payment by keypad under way, without a digit of it: its id, the step (see `rules.keying`, then ASKING and
    OVER), how many keys were pressed at it, why the last try was refused, how many were. `unrecorded`: no recording was
    under way at some moment of it, so none begins before it is over."""

    payment: str
    step: str = "number"
    keys: int = 0
    wrong: str = ""
    tries: int = 0
    unrecorded: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `contact_id` once it is a contact; `offered_to`, `accepted_by` follow routing; `serial` numbers what we
    create at the exchange, so that names never repeat within the call."""

    id: str
    plan: Plan
    phase: Phase = Phase.PROMPT
    direction: str = "in"
    legs: tuple[Leg, ...] = ()
    contact_id: int | None = None
    queue: str = ""
    offered_to: int | None = None
    accepted_by: int | None = None
    rings: int = 0  # how often the softphone of whoever is offered the call was not there to ring
    playing: str = ""  # the prompt that the customer hears now
    ringback: str = ""  # the tone that the advisor hears while we call the customer
    menu: str = ""
    tries: int = 0
    held: bool = False
    conference: bool = False
    paying: Paying | None = None
    objected: bool = False
    paused: bool = False  # recording is silent
    spoiled: tuple[int, ...] = ()  # takes of the recording that could not be silenced when they had to: never kept
    lost: bool = False  # the advisor's softphone went; it is called again
    blind: bool = False  # handed on before the other end answered
    message: str = ""  # what the customer leaves, by its name at the exchange
    leaving: bool = False  # the call ends once the prompt is over
    trouble: str = ""  # why what the advisor asked for did not happen: "third_unreachable"
    ended_by: str = ""
    serial: int = 0

    def leg(self, role: str) -> Leg | None:
        """The first leg of that role."""
        return next((leg for leg in self.legs if leg.role == role), None)

    def leg_at(self, channel: str) -> Leg | None:
        """The leg on that channel."""
        return next((leg for leg in self.legs if leg.channel == channel), None)

    def up(self, role: str) -> Leg | None:
        """The leg of that role, once it has answered."""
        return next((leg for leg in self.legs if leg.role == role and leg.up), None)

    def with_leg(self, leg: Leg) -> Call:
        """`leg` added, or put in the place of the one on the same channel."""
        others = tuple(one for one in self.legs if one.channel != leg.channel)
        return replace(self, legs=(*others, leg))

    def without(self, channel: str) -> Call:
        """Without the leg on that channel."""
        return replace(self, legs=tuple(one for one in self.legs if one.channel != channel))

    def next_name(self, what: str) -> tuple[Call, str]:
        """A name for something new at the exchange, such as "<call>-leg-3"."""
        serial = self.serial + 1
        return replace(self, serial=serial), f"{self.id}-{what}-{serial}"

    @property
    def recording(self) -> bool:
        """Whether sound is kept now: drawn, not objected to, customer and advisor both there."""
        return (
            self.plan.recorded
            and not self.objected
            and self.phase == Phase.TALKING
            and self.up(CUSTOMER) is not None
            and self.up(ADVISOR) is not None
            and not (self.paying and self.paying.unrecorded)
        )


def to_json(call: Call) -> dict[str, Any]:
    """The facts as plain values, kept with the call so that another controller can take it over."""
    return asdict(call)


def from_json(kept: dict[str, Any]) -> Call:
    """The inverse of `to_json`."""
    plan = dict(kept["plan"])
    for name in ("welcome", "closed_prompts", "call_back_prompts", "voicemail_prompts"):
        plan[name] = tuple(plan[name])
    plan["menus"] = {
        name: (tuple(prompts), {key: Option(**option) for key, option in options.items()})
        for name, (prompts, options) in plan["menus"].items()
    }
    plan["payment_prompts"] = {step: tuple(prompts) for step, prompts in plan["payment_prompts"].items()}
    legs = tuple(Leg(**leg) for leg in kept["legs"])
    paying = Paying(**kept["paying"]) if kept["paying"] else None
    spoiled = tuple(kept["spoiled"])
    whole = {"plan": Plan(**plan), "legs": legs, "phase": Phase(kept["phase"]), "paying": paying, "spoiled": spoiled}
    return Call(**{**kept, **whole})
