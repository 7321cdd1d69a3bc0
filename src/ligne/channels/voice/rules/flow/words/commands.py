"""What is to be done about a call."""

from __future__ import annotations

from dataclasses import dataclass, field

from ligne.channels.voice.rules.flow.call import Leg

# -- to the exchange -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """Lift the receiver."""

    channel: str


@dataclass(frozen=True, slots=True)
class Play:
    """Play prompts one after the other, under a name by which the end is told."""

    channel: str
    name: str
    prompts: tuple[str, ...]
    language: str


@dataclass(frozen=True, slots=True)
class StopPlay:
    """Stop a playback; its end is still told."""

    name: str


@dataclass(frozen=True, slots=True)
class Dial:
    """Call a leg: a person's softphone, or a number outside."""

    leg: Leg
    ring_s: int


@dataclass(frozen=True, slots=True)
class HangUp:
    """End a channel."""

    channel: str
    cause: str = "normal"


@dataclass(frozen=True, slots=True)
class Join:
    """Into the conversation's bridge."""

    channel: str


@dataclass(frozen=True, slots=True)
class Leave:
    """Out of the conversation's bridge."""

    channel: str


@dataclass(frozen=True, slots=True)
class StartMusic:
    """Music for one who waits."""

    channel: str
    moh: str


@dataclass(frozen=True, slots=True)
class StopMusic:
    """No more music."""

    channel: str


@dataclass(frozen=True, slots=True)
class Eavesdrop:
    """Let a supervisor's leg hear `of` (both sides), and be heard by it alone when `whisper`."""

    leg: str
    of: str
    whisper: bool


@dataclass(frozen=True, slots=True)
class StopEavesdrop:
    """That supervisor's leg hears nothing more."""

    leg: str


@dataclass(frozen=True, slots=True)
class StartRecording:
    """Keep both sides, each on its own track."""

    customer: str
    advisor: str


@dataclass(frozen=True, slots=True)
class StopRecording:
    """The recording under way is over. `drop`: its sound is deleted."""

    drop: bool = False


@dataclass(frozen=True, slots=True)
class MuteRecording:
    """Silence on both tracks, or sound; the timeline goes on."""

    on: bool


@dataclass(frozen=True, slots=True)
class TakeMessage:
    """Record what the customer says after the tone."""

    channel: str
    name: str


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Tell `Late(timer)` after so many seconds; setting it again begins anew, 0 cancels."""

    timer: str
    after_s: float


# -- to the spine ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Make it a contact that waits in `queue`."""

    queue: str


@dataclass(frozen=True, slots=True)
class Accept:
    """Routing's acceptance for this advisor, who lifted the receiver."""

    user_id: int


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Routing takes the contact back from this advisor: the softphone does not answer."""

    user_id: int
    cause: str


@dataclass(frozen=True, slots=True)
class Abandon:
    """The customer left before anybody took the call."""


@dataclass(frozen=True, slots=True)
class EndContact:
    """The conversation is over: wrap-up begins."""

    cause: str


@dataclass(frozen=True, slots=True)
class GiveTo:
    """The contact goes to this colleague or supervisor, with whom the customer talks already."""

    user_id: int


@dataclass(frozen=True, slots=True)
class PromiseCallBack:
    """Call the customer back instead, with the place they have."""


@dataclass(frozen=True, slots=True)
class KeepMessage:
    """What the customer left becomes a contact."""

    name: str
    duration_s: float


@dataclass(frozen=True, slots=True)
class TellPosition:
    """Say where the customer stands: `Position` follows."""


@dataclass(frozen=True, slots=True)
class EndPayment:
    """The payment ends without the bank having answered: "customer", "advisor", "wrong", "hung_up", "interrupted",
    "not_started"."""

    payment: str
    why: str


# -- to the till: the controller's memory of a card --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TakeCard:
    """Begin to take the keys of this payment."""

    payment: str


@dataclass(frozen=True, slots=True)
class Digit:
    """A key of the payment, for the till alone: never kept, never logged. "" is silence. `Keyed` follows."""

    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Charge:
    """The card is whole: hand it to the provider, once, and forget it. `Charged` follows."""

    payment: str


@dataclass(frozen=True, slots=True)
class Tell:
    """Something the advisor must know ("softphone_lost", "third_busy", …)."""

    what: str


Command = (
    Answer | Play | StopPlay | Dial | HangUp | Join | Leave | StartMusic | StopMusic | Eavesdrop | StopEavesdrop
    | StartRecording | StopRecording | MuteRecording | TakeMessage | SetTimer | Place | Accept | GiveBack | Abandon
    | EndContact | GiveTo | PromiseCallBack | KeepMessage | TellPosition | EndPayment | TakeCard | Digit | Charge | Tell
)  # fmt: skip

# Commands that are the spine's; the others are the exchange's, and the timers the controller's.
SPINE = (
    Place, Accept, GiveBack, Abandon, EndContact, GiveTo, PromiseCallBack, KeepMessage, TellPosition, EndPayment, Tell,
)  # fmt: skip
# Commands about a card, done in the memory of the controller.
TILL = (TakeCard, Digit, Charge)
