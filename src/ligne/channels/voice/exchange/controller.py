"""The controller: every call of the exchanges that are connected, each taken through the flow one event at a time."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any
from uuid import uuid4

import structlog

from ligne.channels.voice.exchange import words as translation
from ligne.channels.voice.exchange.ari import Connection, ExchangeError
from ligne.channels.voice.exchange.collecting import Collector
from ligne.channels.voice.exchange.hands import APP, LEG
from ligne.channels.voice.exchange.under_way import Live, Seen, Spine
from ligne.channels.voice.rules.flow import CUSTOMER, Call, Leg, media, waits, words

log = structlog.get_logger(__name__)
Json = dict[str, Any]
# An arrival's first argument; whatever else enters the application was made by us.
ARRIVAL = "in"
# An exchange that does not come back within this time has lost its calls, seconds.
GONE_AFTER_S = 30.0
# Calls that are being set up at one moment; those that come on top are refused as busy, at once and not in a minute.
MOST_ARRIVING = 60
# Contacts of which something was heard before the call knew that it is theirs.
EARLY = 2000


class Controller:
    """The calls of every exchange that connects."""

    def __init__(self, spine: Spine) -> None:
        self.spine = spine
        self.calls: dict[str, Live] = {}
        self.exchanges: dict[str, Connection] = {}
        self._by_channel: dict[str, Live] = {}
        self._by_contact: dict[int, Live] = {}
        self._early: deque[int] = deque(maxlen=EARLY)
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
            if event["type"] == "StasisStart":
                self._came(exchange, event["channel"], event.get("args", []))
            return
        found = translation.read(event)
        if found is not None:
            live.inbox.put_nowait(found)

    def _came(self, exchange: Connection, channel: Json, args: list[str]) -> None:
        """A channel that no call of ours has: somebody calls, or a leg comes up whose call is over."""
        if args[:1] == [ARRIVAL]:
            self.later(self._arrive(exchange, channel, args))
        elif args[:1] == [LEG]:
            self.later(_end(exchange, channel["id"]))

    async def _arrive(self, exchange: Connection, channel: Json, args: list[str]) -> None:
        if channel["id"] in self._arriving:
            return
        crowded = len(self._arriving) >= MOST_ARRIVING
        self._arriving.add(channel["id"])
        dialled = args[1] if len(args) > 1 else ""
        caller = translation.caller_of(channel) | {"dialled": dialled}
        try:
            if crowded:
                log.warning("voice.too_many", exchange=exchange.name, arriving=len(self._arriving))
                await exchange.ask("DELETE", f"channels/{channel['id']}", reason="busy")
                return
            self.later(_subscribe(exchange, channel["id"]))  # the exchange does what it is asked in order
            plan = await self.spine.plan(dialled, caller["number"])
            if plan is None:
                await exchange.ask("DELETE", f"channels/{channel['id']}", reason="no_answer")
                return
            if not caller["number"]:  # a withheld number cannot be called back
                plan = replace(plan, call_back_key="")
            call = Call(uuid4().hex[:16], plan, legs=(Leg(channel["id"], CUSTOMER, number=caller["number"]),))
            live = self.begin(call, exchange, caller)
            live.inbox.put_nowait(words.Arrived())
            await live.begun.wait()  # until it is answered it counts among those that arrive
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
        self.name(live)
        return live

    def name(self, live: Live) -> None:
        """Know whose a channel is before the exchange speaks of it, and whose a contact is before the centre does."""
        for leg in live.call.legs:
            self._by_channel[leg.channel] = live
            live.names.add(leg.channel)
        contact_id = live.call.contact_id
        if contact_id is not None and contact_id not in live.contacts:
            live.contacts.add(contact_id)
            self._by_contact[contact_id] = live
            if contact_id in self._early:  # something became of it before we knew that it is ours
                self.later(self.look(live))

    def of_contact(self, contact_id: int) -> Live | None:
        """The call of this contact; one that is not known yet is looked at once it is."""
        live = self._by_contact.get(contact_id)
        if live is None:
            self._early.append(contact_id)
        return live

    async def look(self, live: Live) -> None:
        """Tell a call where its contact stands."""
        if live.call.contact_id is not None:
            asked = live.done
            live.inbox.put_nowait(Seen(await self.spine.standing(live.call), asked))

    def forget(self, live: Live) -> None:
        """The call is over."""
        self.calls.pop(live.call.id, None)
        for channel in live.names:
            self._by_channel.pop(channel, None)
        for contact_id in live.contacts:
            if self._by_contact.get(contact_id) is live:
                del self._by_contact[contact_id]

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

    async def tidy(self, exchange: Connection) -> None:
        """Lead the calls that were kept as under way and that nobody leads, or end them: they stay no longer than a
        fault lasts."""
        if not exchange.ready.is_set():
            return
        left = [call for call in await self.spine.kept(exchange.name) if call.id not in self.calls]
        if not left:
            return
        there = {channel["id"]: channel for channel in await exchange.ask("GET", "channels")}
        for call in left:
            if call.id not in self.calls:
                number = next((leg.number for leg in call.legs if leg.role == CUSTOMER), "")
                await self._reconcile(self.begin(call, exchange, {"number": number}), there)

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
        await self.look(live)
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
        elif args[:1] in ([ARRIVAL], [LEG]) or args[1:2] == [] or args[1] not in self.calls:
            await _end(exchange, channel["id"])

    def _give_up(self, name: str) -> None:
        """The exchange did not come back: its calls are over."""
        if name in self.exchanges:
            return
        for live in self.calls.values():
            if live.hands.exchange.name == name:
                for leg in live.call.legs:
                    live.inbox.put_nowait(words.Gone(leg.channel, 0))


async def _end(exchange: Connection, channel: str) -> None:
    with contextlib.suppress(ExchangeError):  # it is gone
        await exchange.ask("DELETE", f"channels/{channel}")


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
