"""What happens to a call."""

from __future__ import annotations

from dataclasses import dataclass, field

# -- from the exchange -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Arrived:
    """The customer's channel is ours."""


@dataclass(frozen=True, slots=True)
class Played:
    """A playback ended, by itself or because it was stopped."""

    name: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """Somebody pressed a key."""

    channel: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """A leg that we called has answered."""

    channel: str


@dataclass(frozen=True, slots=True)
class Gone:
    """A channel ended; `cause` is the exchange's number (16 normal, 17 busy, 19 no answer)."""

    channel: str
    cause: int = 16


@dataclass(frozen=True, slots=True)
class Refused:
    """A leg could not even be called: nobody is registered there, no line out."""

    channel: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """The message that the customer left is kept under `name`; `duration_s` of sound."""

    name: str
    duration_s: float


@dataclass(frozen=True, slots=True)
class Spoiled:
    """This take of the recording could not be silenced when it had to."""

    take: int


@dataclass(frozen=True, slots=True)
class Late:
    """A timer that we set ran out."""

    timer: str


# -- from the till ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Keyed:
    """How far the card is: the step, how many keys of it, why the last try was refused (and how many were); `complete`
    once it is whole, `given_up` after too many wrong tries."""

    payment: str
    step: str
    keys: int = 0
    wrong: str = ""
    tries: int = 0
    complete: bool = False
    given_up: bool = False


@dataclass(frozen=True, slots=True)
class Charged:
    """What became of the payment: "accepted", "declined", "unknown"."""

    payment: str
    state: str


# -- from routing and the desk ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Placed:
    """The call has become a contact."""

    contact_id: int


@dataclass(frozen=True, slots=True)
class Offered:
    """Routing offers the contact to this advisor."""

    user_id: int


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The offer is over without an answer; the customer waits on."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The advisor took the contact, at the desk or by lifting the receiver."""

    user_id: int


@dataclass(frozen=True, slots=True)
class Requeued:
    """The contact waits again: transferred, or its advisor is lost."""

    queue: str = ""


@dataclass(frozen=True, slots=True)
class Finished:
    """The contact ended on our side: the advisor hung up at the desk, or it was closed."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where the customer stands in the line: `place` 1 is next; `wait_s` expected seconds, None when unknown."""

    place: int
    wait_s: int | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Put the customer on hold, or back."""

    on: bool


@dataclass(frozen=True, slots=True)
class Consult:
    """Call a colleague (`user_id`) or a number while the customer holds."""

    user_id: int | None = None
    number: str = ""


@dataclass(frozen=True, slots=True)
class Conference:
    """Let everybody talk together."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """Leave the customer with whoever was consulted."""


@dataclass(frozen=True, slots=True)
class DropThird:
    """End the consultation; the customer comes back."""


@dataclass(frozen=True, slots=True)
class Pay:
    """The customer is to key in a card for this payment."""

    payment: str


@dataclass(frozen=True, slots=True)
class StopPaying:
    """No payment after all: the "advisor" stops it, or it was "interrupted" (the memory that held the card is gone)."""

    why: str = "advisor"


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence in the recording, or sound again."""

    on: bool


@dataclass(frozen=True, slots=True)
class Object:
    """The customer does not want to be recorded."""


@dataclass(frozen=True, slots=True)
class Watch:
    """A supervisor listens, whispers or joins; mode "" leaves."""

    user_id: int
    mode: str


@dataclass(frozen=True, slots=True)
class TakeOver:
    """A supervisor takes the call from its advisor."""

    user_id: int


@dataclass(frozen=True, slots=True)
class Ready:
    """This person's softphone is there (again)."""

    user_id: int


Event = (
    Arrived | Played | Pressed | Answered | Gone | Refused | Recorded | Late | Placed | Offered | Withdrawn | Accepted
    | Requeued | Finished | Position | Hold | Consult | Conference | Transfer | DropThird | Pay | StopPaying | Keyed
    | Charged | Spoiled | Pause | Object
    | Watch | TakeOver | Ready
)  # fmt: skip
