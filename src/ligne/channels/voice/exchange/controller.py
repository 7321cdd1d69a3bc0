"""The controller: every call of the exchanges that are connected, each taken through the flow one event at a time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, Protocol
from uuid import uuid4

import structlog

from ligne.channels.voice.exchange import words as translation
from ligne.channels.voice.exchange.ari import Connection, ExchangeError
from ligne.channels.voice.exchange.collecting import Collector
from ligne.channels.voice.exchange.hands import APP, Hands
from ligne.channels.voice.exchange.till import Till
from ligne.channels.voice.ports import Card
from ligne.channels.voice.rules.flow import CUSTOMER, Call, Leg, Phase, Plan, media, step, waits, words
from ligne.kit import clock

log = structlog.get_logger(__name__)
Json = dict[str, Any]
# An arrival's first argument; whatever else enters the application was made by us.
ARRIVAL = "in"
# An exchange that does not come back within this time has lost its calls, seconds.
GONE_AFTER_S = 30.0


class Spine(Protocol):
    """What the controller asks of the rest of the centre. Each may take its time: calls do not wait for one another."""

    async def plan(self, dialled: str, caller: str) -> Plan | None:
        """What the administrator decided for the number dialled and who calls it; None: nobody's number."""
        ...

    async def keep(self, call: Call, exchange: str) -> None:
        """Keep the facts, so that another controller can take the call over."""
        ...

    async def kept(self, exchange: str) -> list[Call]:
        """The calls that were under way at this exchange when they were last kept."""
        ...

    async def is_over(self, channel: str) -> bool:
        """Whether this channel brought a call that is over."""
        ...

    async def standing(self, call: Call) -> list[words.Event]:
        """What the state of the call's contact means to the call."""
        ...

    async def do(self, call: Call, command: words.Command, caller: Json) -> list[words.Event]:
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


class Live:
    """One call under way: its facts, its inbox, its timers."""

    def __init__(self, controller: Controller, call: Call, exchange: Connection, caller: Json) -> None:
        self.controller = controller
        self.call = call
        self.caller = caller
        self.hands = Hands(exchange, call.id, line=lambda dial: controller.spine.line(self.call, dial))
        self.hands.spoiled.update(call.spoiled)
        self.inbox: asyncio.Queue[words.Event] = asyncio.Queue()
        self.timers: dict[str, asyncio.TimerHandle] = {}
        self.names: set[str] = set()  # every channel it has had
        self.till = Till()
        self.task = asyncio.create_task(self._run(), name=f"call {call.id}")

    async def _run(self) -> None:
        try:
            while self.call.phase != Phase.ENDED or not self.inbox.empty():
                await self._take(await self.inbox.get())
        except Exception:
            log.exception("voice.call_failed", call=self.call.id)
        finally:
            for timer in self.timers.values():
                timer.cancel()
            self.till.forget()
            self.controller.forget(self)
            await self.hands.leave()

    async def _take(self, event: words.Event) -> None:
        before = self.call
        self.call, commands = step(before, event)
        self.controller.name_legs(self)
        for command in commands:
            await self.do(command)
        if self.call != before:
            # a fault of the spine must not leave the customer in silence: it is logged, and the call goes on
            try:
                await self.controller.spine.keep(self.call, self.hands.exchange.name)
            except Exception:
                log.exception("voice.not_kept", call=self.call.id)

    async def do(self, command: words.Command) -> None:
        """Do one command of the flow."""
        if isinstance(command, words.SetTimer):
            self._set(command)
        elif isinstance(command, words.TILL):
            self._take_card(command)
        elif isinstance(command, words.SPINE):
            if isinstance(command, words.EndPayment):
                self.till.forget()
            try:
                for event in await self.controller.spine.do(self.call, command, self.caller):
                    self.inbox.put_nowait(event)
            except Exception:
                log.exception("voice.spine_failed", command=type(command).__name__, call=self.call.id)
        elif not await self.hands.do(command) and isinstance(command, words.Dial):
            self.inbox.put_nowait(words.Refused(command.leg.channel))
        for take in self.hands.spoiled - set(self.call.spoiled):
            self.inbox.put_nowait(words.Spoiled(take))
        while self.hands.recorded:
            self.controller.collector.keep(self.call.id, self.hands.recorded.pop())

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


class Controller:
    """The calls of every exchange that connects."""

    def __init__(self, spine: Spine) -> None:
        self.spine = spine
        self.calls: dict[str, Live] = {}
        self.exchanges: dict[str, Connection] = {}
        self._by_channel: dict[str, Live] = {}
        self._arriving: set[str] = set()
        self._chores: set[asyncio.Task[None]] = set()
        self.collector = Collector(self)

    async def welcome(self, exchange: Connection) -> None:
        """Serve one exchange until it is gone: take over what is under way, then hear it."""
        self.exchanges[exchange.name] = exchange
        chores = [asyncio.create_task(self._adopt(exchange)), asyncio.create_task(self.collector.watch(exchange))]
        try:
            await exchange.listen(lambda event: self._hear(exchange, event))
        finally:
            for chore in chores:
                chore.cancel()
            if self.exchanges.get(exchange.name) is exchange:
                del self.exchanges[exchange.name]
                asyncio.get_running_loop().call_later(GONE_AFTER_S, self._give_up, exchange.name)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Have something done beside the calls."""
        chore = asyncio.create_task(work)
        self._chores.add(chore)
        chore.add_done_callback(self._chores.discard)

    # -- events ------------------------------------------------------------------------------------------------------

    def _hear(self, exchange: Connection, event: Json) -> None:
        channel = translation.channel_of(event)
        live = self._by_channel.get(channel)
        if live is None:
            if event["type"] == "StasisStart" and event.get("args", [""])[:1] == [ARRIVAL]:
                self.later(self._arrive(exchange, event["channel"], event["args"]))
            return
        found = translation.read(event)
        if found is not None:
            live.inbox.put_nowait(found)

    async def _arrive(self, exchange: Connection, channel: Json, args: list[str]) -> None:
        if channel["id"] in self._arriving:
            return
        self._arriving.add(channel["id"])
        dialled = args[1] if len(args) > 1 else ""
        caller = {"number": channel["caller"]["number"], "name": channel["caller"]["name"], "dialled": dialled}
        try:
            await _subscribe(exchange, channel["id"])
            plan = await self.spine.plan(dialled, caller["number"])
            if plan is None:
                await exchange.ask("DELETE", f"channels/{channel['id']}", reason="no_answer")
                return
            call = Call(uuid4().hex[:16], plan, legs=(Leg(channel["id"], CUSTOMER, number=caller["number"]),))
            await self.spine.keep(call, exchange.name)
            self.begin(call, exchange, caller).inbox.put_nowait(words.Arrived())
        except ExchangeError as error:
            log.info("voice.left_at_once", why=str(error))
        except Exception:
            log.exception("voice.not_begun")
            with contextlib.suppress(ExchangeError):  # the dialplan takes the message
                await exchange.ask("POST", f"channels/{channel['id']}/continue")
        finally:
            self._arriving.discard(channel["id"])

    def begin(self, call: Call, exchange: Connection, caller: Json) -> Live:
        """A call of ours begins, or one that we take over."""
        live = Live(self, call, exchange, caller)
        self.calls[call.id] = live
        self.name_legs(live)
        return live

    def name_legs(self, live: Live) -> None:
        """Know whose a channel is before the exchange speaks of it."""
        for leg in live.call.legs:
            self._by_channel[leg.channel] = live
            live.names.add(leg.channel)

    def forget(self, live: Live) -> None:
        """The call is over."""
        self.calls.pop(live.call.id, None)
        for channel in live.names:
            self._by_channel.pop(channel, None)

    # -- taking over -------------------------------------------------------------------------------------------------

    async def _adopt(self, exchange: Connection) -> None:
        """Take over what another controller left, or what went on while the connection was lost: calls whose customer
        is still there go on, the others are ended, and nobody stays in a call that nobody leads."""
        try:
            await exchange.boot()
            there = {channel["id"]: channel for channel in await exchange.ask("GET", "channels")}
            for call in await self.spine.kept(exchange.name):
                live = self.calls.get(call.id)
                if live is None:
                    number = next((leg.number for leg in call.legs if leg.role == CUSTOMER), "")
                    live = self.begin(call, exchange, {"number": number})
                    if call.paying:  # the card was in the memory of the controller that is gone
                        live.inbox.put_nowait(words.StopPaying("interrupted"))
                live.hands.exchange = exchange
                await self._reconcile(live, there)
            for channel in there.values():
                await self._lead_or_end(exchange, channel)
        except ExchangeError as error:
            log.warning("voice.not_taken_over", exchange=exchange.name, why=str(error))

    async def _reconcile(self, live: Live, there: dict[str, Json]) -> None:
        """Tell a call what happened while nobody heard, set its timers, bring its sound to what its facts say."""
        exchange, call = live.hands.exchange, live.call
        for leg in call.legs:
            if leg.channel not in there:
                live.inbox.put_nowait(words.Gone(leg.channel, 0))
                continue
            await _subscribe(exchange, leg.channel)
            if not leg.up and there[leg.channel]["state"] == "Up" and leg.role != CUSTOMER:
                live.inbox.put_nowait(words.Answered(leg.channel))
        live.hands.resume(set(there))
        for command in media.difference(media.Media(), media.of(call), call):
            await live.hands.do(command)
        for name, over in waits.sounds(call):
            if not await _is_going_on(exchange, name):
                live.inbox.put_nowait(over)
        for timer in waits.timers(call):
            await live.do(timer)
        for event in await self.spine.standing(call):
            live.inbox.put_nowait(event)
        if not call.legs:
            live.inbox.put_nowait(words.Finished())
        log.info("voice.taken_over", call=call.id, phase=call.phase)

    async def _lead_or_end(self, exchange: Connection, channel: Json) -> None:
        """A channel in our application that no call of ours knows: it has just come, or was left behind."""
        plan = channel.get("dialplan") or {}
        if channel["id"] in self._by_channel or plan.get("app_name") != "Stasis":
            return
        name, *args = str(plan.get("app_data", "")).split(",")
        if name != APP:
            return
        if args[:1] == [ARRIVAL] and not await self.spine.is_over(channel["id"]):
            await self._arrive(exchange, channel, args)
        elif args[:1] == [ARRIVAL] or args[1:2] == [] or args[1] not in self.calls:
            with contextlib.suppress(ExchangeError):
                await exchange.ask("DELETE", f"channels/{channel['id']}")

    def _give_up(self, name: str) -> None:
        """The exchange did not come back: its calls are over."""
        if name in self.exchanges:
            return
        for live in self.calls.values():
            if live.hands.exchange.name == name:
                for leg in live.call.legs:
                    live.inbox.put_nowait(words.Gone(leg.channel, 0))


async def _subscribe(exchange: Connection, channel: str) -> None:
    with contextlib.suppress(ExchangeError):  # it left meanwhile: its absence is told otherwise
        await exchange.ask("POST", f"applications/{APP}/subscription", eventSource=f"channel:{channel}")


async def _is_going_on(exchange: Connection, name: str) -> bool:
    """Whether a playback, or the recording of a message, is under way."""
    for path in (f"playbacks/{name}", f"recordings/live/{name}"):
        try:
            await exchange.ask("GET", path)
            return True
        except ExchangeError as error:
            if error.status == 0:
                raise
    return False
