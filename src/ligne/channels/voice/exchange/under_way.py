"""A call under way: its facts, its inbox, its timers; and what it asks of the rest of the centre."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import structlog

from ligne.channels.voice.exchange.ari import Connection
from ligne.channels.voice.exchange.hands import Hands
from ligne.channels.voice.exchange.till import Till
from ligne.channels.voice.ports import Card
from ligne.channels.voice.rules.flow import Call, Phase, Plan, meaning, step, words
from ligne.kit import clock

if TYPE_CHECKING:
    from ligne.channels.voice.exchange.controller import Controller

log = structlog.get_logger(__name__)
Json = dict[str, Any]


class Spine(Protocol):
    """What the controller asks of the rest of the centre. Each may take its time: calls do not wait for one another."""

    async def plan(self, dialled: str, caller: str) -> Plan | None:
        """What the administrator decided for the number dialled and who calls it; None: nobody's number."""
        ...

    def keep(self, call: Call, exchange: str) -> None:
        """Keep the facts soon, so that another controller can take the call over."""
        ...

    async def kept(self, exchange: str) -> list[Call]:
        """The calls that were under way at this exchange when they were last kept."""
        ...

    async def is_over(self, channel: str) -> bool:
        """Whether this channel brought a call that is over."""
        ...

    async def standing(self, call: Call) -> tuple[str, int | None, str] | None:
        """Where the call's contact stands: state, advisor, queue; None when there is none."""
        ...

    async def do(self, call: Call, command: words.Command, caller: Json, exchange: str) -> list[words.Event]:
        """Do a command that is not the exchange's; returns what follows at once (such as `Placed`)."""
        ...

    async def charge(self, payment: str, card: Card) -> words.Charged:
        """Hand a card that was keyed in to the provider, once."""
        ...

    async def keep_recording(self, call_id: str, tracks: tuple[str, str]) -> None:
        """Keep the sound of two tracks that are over: the customer's, the advisor's."""
        ...

    async def keep_message(self, call_id: str, name: str) -> None:
        """Keep the message that was left in a call that is over, by its name at the exchange."""
        ...

    async def keep_left(self, exchange: str, name: str) -> None:
        """A message that was left while nobody led the calls, by its name at that exchange."""
        ...

    def line(self, call: Call, dial: words.Dial) -> Json:
        """How a leg is called: endpoint, callerId, and variables in "body"."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """Where a call's contact stood when so many of the call's own commands were done."""

    stands: tuple[str, int | None, str] | None
    done: int


class Live:
    """One call under way: its facts, its inbox, its timers."""

    def __init__(self, controller: Controller, call: Call, exchange: Connection, caller: Json) -> None:
        self.controller = controller
        self.call = call
        self.caller = caller
        self.hands = Hands(exchange, call.id, line=lambda dial: controller.spine.line(self.call, dial))
        self.hands.spoiled.update(call.spoiled)
        self.till = Till()
        self.inbox: asyncio.Queue[words.Event | Seen] = asyncio.Queue()
        self.done = 0  # commands of the spine that were done
        self.timers: dict[str, asyncio.TimerHandle] = {}
        self.names: set[str] = set()  # every channel it has had
        self.contacts: set[int] = set()  # every contact it has been
        self.begun = asyncio.Event()  # its first event was taken
        self.task = asyncio.create_task(self._run(), name=f"call {call.id}")

    async def _run(self) -> None:
        try:
            while self.call.phase != Phase.ENDED or not self.inbox.empty():
                found = await self.inbox.get()
                for event in self._meaning(found) if isinstance(found, Seen) else [found]:
                    await self._take(event)
                self.begun.set()
        except Exception:
            log.exception("voice.call_failed", call=self.call.id)
        finally:
            for timer in self.timers.values():
                timer.cancel()
            self.begun.set()
            self.till.forget()
            self.controller.forget(self)
            await self.hands.leave()

    def _meaning(self, seen: Seen) -> list[words.Event]:
        """What was seen, to the call as it is now. What the call itself did meanwhile makes it worth another look."""
        if seen.done != self.done:
            self.controller.later(self.controller.look(self))
            return []
        return meaning(self.call, *seen.stands) if seen.stands else [words.Finished()]

    async def _take(self, event: words.Event) -> None:
        """One event, and what follows from it at once: that is older than whatever came meanwhile."""
        following = deque([event])
        while following:
            before = self.call
            self.call, commands = step(before, following.popleft())
            self.controller.name(self)
            for command in commands:
                following += await self.do(command)
            if self.call != before:
                self.controller.spine.keep(self.call, self.hands.exchange.name)

    async def do(self, command: words.Command) -> list[words.Event]:
        """Do one command of the flow; returns what follows at once. A fault must not leave the customer in silence: it
        is logged, and the call goes on."""
        following: list[words.Event] = []
        if isinstance(command, words.SetTimer):
            self._set(command)
        elif isinstance(command, words.TILL):
            self._take_card(command)
        elif isinstance(command, words.SPINE):
            self.done += not isinstance(command, words.Tell | words.TellPosition)
            if isinstance(command, words.EndPayment):
                self.till.forget()
            try:
                following = await self.controller.spine.do(self.call, command, self.caller, self.hands.exchange.name)
            except Exception:
                log.exception("voice.spine_failed", command=type(command).__name__, call=self.call.id)
        elif not await self.hands.do(command) and isinstance(command, words.Dial):
            following = [words.Refused(command.leg.channel)]
        following += [words.Spoiled(take) for take in self.hands.spoiled - set(self.call.spoiled)]
        while self.hands.recorded:
            self.controller.collector.keep(self.call.id, self.hands.recorded.pop())
        return following

    def _take_card(self, command: words.TakeCard | words.Digit | words.Charge) -> None:
        match command:
            case words.TakeCard(payment):
                self.till.open(payment)
            case words.Digit(key):
                if keyed := self.till.press(key, clock.now().date()):
                    self.inbox.put_nowait(keyed)
            case words.Charge(payment):
                if card := self.till.take(payment):
                    self.controller.later(self._charge(payment, card))

    async def _charge(self, payment: str, card: Card) -> None:
        """Beside the call, which may end meanwhile: the bank's answer is kept all the same."""
        try:
            charged = await self.controller.spine.charge(payment, card)
        except Exception as error:  # its words might quote what was asked
            log.error("voice.charge_failed", call=self.call.id, error=type(error).__name__)
            charged = words.Charged(payment, "unknown")
        self.inbox.put_nowait(charged)

    def _set(self, command: words.SetTimer) -> None:
        if timer := self.timers.pop(command.timer, None):
            timer.cancel()
        if command.after_s > 0:
            rung = words.Late(command.timer)
            loop = asyncio.get_running_loop()
            self.timers[command.timer] = loop.call_later(command.after_s, self.inbox.put_nowait, rung)
