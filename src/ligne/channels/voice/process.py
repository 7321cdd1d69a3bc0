"""The controller's process: exchanges connect to it, the centre tells it of contacts, it leads the calls."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any, TypeVar

import psycopg
import structlog
from django.conf import settings
from django.db import close_old_connections

from ligne.channels.voice import reads
from ligne.channels.voice.exchange.ari import Connection, ExchangeError, listen_for_exchanges
from ligne.channels.voice.exchange.controller import Controller
from ligne.channels.voice.exchange.gathering import Gathered, Keeper
from ligne.channels.voice.pbx.configuration import ALIVE, TRUNK
from ligne.channels.voice.ports import Card
from ligne.channels.voice.rules.flow import CUSTOMER, SUPERVISOR, Call, Plan, words
from ligne.channels.voice.rules.keeping import kept_now
from ligne.channels.voice.rules.plans import LineFacts
from ligne.channels.voice.services import ACTS, keeping, messages, payments, placing, recordings, spine, tidying
from ligne.contacts import reads as contact_reads
from ligne.kit import clock, database, heartbeats
from ligne.kit import live as live_line

log = structlog.get_logger(__name__)
# More would only wait for one another: what costs is Python, not the database.
THREADS = 4
LINE_S, MOST_LINES = 1.0, 1000
SETTLE_S = 5.0
TIDY_S = 20.0
# The calls are led by one thread: the others give the interpreter back to it soon.
SWITCH_S = 0.0005
BEAT_S, ALIVE_S = 5.0, 1.0
_SOFTPHONES = "asterisk/config/dynamic/res_pjsip"
T = TypeVar("T")
Found = tuple[LineFacts, bool]
Json = dict[str, Any]


class Centre:
    """`under_way.Spine` in this process: Django's verbs, each in a thread; what many calls ask at once is done for all
    of them together."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="voice")
        # A caller who hears nothing yet waits behind nobody's other business.
        self._first = ThreadPoolExecutor(1, thread_name_prefix="voice-first")
        self._lines: dict[str, tuple[float, asyncio.Future[Found | None]]] = {}
        self.keeper = Keeper(lambda these: self.ask(keeping.keep, these))
        self._placing: Gathered[placing.Placing, int] = Gathered(lambda these: self.ask(placing.place, these))
        self._standing = Gathered(self._stand)

    async def ask(self, verb: Callable[..., T], *given: Any, threads: ThreadPoolExecutor | None = None) -> T:
        """Run `verb` in a thread, with a connection that is known to be good."""

        def run() -> T:
            close_old_connections()
            return verb(*given)

        return await asyncio.get_running_loop().run_in_executor(threads or self._threads, run)

    async def plan(self, dialled: str, caller: str) -> Plan | None:
        """See `services.spine.plan`. A line is known for a second; callers who come together ask once."""
        until, asked = self._lines.get(dialled, (0.0, None))
        if asked is None or time.monotonic() > until:
            if len(self._lines) >= MOST_LINES:  # numbers that are nobody's may be dialled without end
                self._lines.clear()
            asked = asyncio.ensure_future(self.ask(spine.line, dialled, threads=self._first))
            self._lines[dialled] = (time.monotonic() + LINE_S, asked)
        try:
            found = await asked
        except Exception:
            self._lines.pop(dialled, None)
            raise
        if found is None:
            return None
        known = spine.asks_who_calls(found) and await self.ask(spine.is_known, found, caller, threads=self._first)
        return spine.plan(found, caller, known=known)

    def keep(self, call: Call, exchange: str) -> None:
        """See `services.keeping.keep`."""
        self.keeper.keep(kept_now(call, exchange, clock.now()))

    async def kept(self, exchange: str) -> list[Call]:
        """See `services.spine.kept`."""
        await self.keeper.settle()
        return await self.ask(spine.kept, exchange)

    async def is_over(self, channel: str) -> bool:
        """See `services.spine.is_over`."""
        await self.keeper.settle()
        return await self.ask(spine.is_over, channel)

    async def standing(self, call: Call) -> contact_reads.Standing | None:
        """See `contacts.reads.standing`."""
        return None if call.contact_id is None else await self._standing.ask(call.contact_id)

    async def _stand(self, contact_ids: list[int]) -> list[contact_reads.Standing | None]:
        found = await self.ask(contact_reads.standing, contact_ids)
        return [found.get(contact_id) for contact_id in contact_ids]

    async def do(self, call: Call, command: words.Command, caller: Json, exchange: str) -> list[words.Event]:
        """See `services.spine.do`."""
        if isinstance(command, words.Place):
            wanted = placing.Placing(kept_now(call, exchange, clock.now()), command.queue, caller)
            return [words.Placed(await self._placing.ask(wanted))]
        if isinstance(command, words.KeepMessage | words.PromiseCallBack | words.Tell):
            await self.keeper.settle()  # these read the call's row
        return await self.ask(spine.do, call, command, caller)

    async def charge(self, payment: str, card: Card) -> words.Charged:
        """See `services.payments.charge`."""
        return words.Charged(payment, await self.ask(payments.charge, payment, card))

    async def keep_recording(self, call_id: str, tracks: tuple[str, str]) -> None:
        """See `services.recordings.keep`."""
        await self.keeper.settle()
        await self.ask(recordings.keep, call_id, tracks)

    async def keep_message(self, call_id: str, name: str) -> None:
        """See `services.messages.keep`."""
        await self.keeper.settle()
        await self.ask(messages.keep, call_id, name)

    async def keep_left(self, exchange: str, name: str) -> None:
        """See `services.messages.keep_left`."""
        await self.ask(messages.keep_left, exchange, name)

    def line(self, call: Call, dial: words.Dial) -> Json:
        """People of ours are called at their softphone, who sees the customer's number; others by the trunk."""
        leg = dial.leg
        if leg.user_id is None:
            return {"endpoint": f"PJSIP/{leg.number}@{TRUNK}", "callerId": call.plan.line}
        customer = call.leg(CUSTOMER)
        told = {"Contact": str(call.contact_id or ""), "Role": leg.role}
        if leg.role == SUPERVISOR or call.accepted_by == leg.user_id:
            told["Lift"] = "1"  # they listen in or have the call already: they asked for it
        return {
            "endpoint": f"PJSIP/{reads.softphone_name(leg.user_id)}",
            "callerId": customer.number if customer else "",
            "body": {"variables": {f"PJSIP_HEADER(add,X-Ligne-{name})": value for name, value in told.items()}},
        }


class Ears:
    """Hears what the centre says of contacts and softphones, and passes it on to the calls."""

    def __init__(self, controller: Controller, centre: Centre) -> None:
        self.controller = controller
        self.centre = centre

    async def listen(self) -> None:
        """Listen until cancelled; when the database was away, every call is looked at again."""
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                log.warning("voice.database_lost", error=type(error).__name__)
            except Exception:
                log.exception("voice.deaf")
            await asyncio.sleep(1)

    async def _listen(self) -> None:
        session = await psycopg.AsyncConnection.connect(**database.session_parameters(), autocommit=True)
        async with session:
            await session.execute(f"LISTEN {live_line.CHANNEL}")
            for live in list(self.controller.calls.values()):
                self.controller.later(self.controller.look(live))
            async for notice in session.notifies():
                for topic, _, data in json.loads(notice.payload.partition(" ")[2]):
                    if topic.startswith("voice:"):
                        await self._hear(topic.removeprefix("voice:"), data)

    async def _hear(self, about: str, data: Json) -> None:
        if about == "keys":
            await asyncio.gather(*(introduce(e, self.centre) for e in list(self.controller.exchanges.values())))
        elif about == "people":
            for live in list(self.controller.calls.values()):
                if live.hands.exchange.name == data["exchange"]:
                    live.inbox.put_nowait(words.Ready(data["user_id"]))
        elif about == "dial":
            await self._dial(data["call"], data["user_id"])
        elif (called := self.controller.of_contact(int(about))) is not None:
            if act := ACTS.get(data.get("act", "")):
                called.inbox.put_nowait(act(data["user_id"], data.get("number", "")))
            else:
                self.controller.later(self.controller.look(called))

    async def _dial(self, call_id: str, user_id: int) -> None:
        """Make a call that was asked for, unless another controller does."""
        for exchange in list(self.controller.exchanges.values())[:1]:
            call = await self.centre.ask(spine.claim, call_id, exchange.name)
            if call is not None:
                number = next((leg.number for leg in call.legs if leg.role == CUSTOMER), "")
                live = self.controller.begin(call, exchange, {"number": number})
                live.inbox.put_nowait(words.Accepted(user_id))


async def introduce(exchange: Connection, centre: Centre) -> None:
    """Let an exchange know every softphone: kept in its memory alone, told when it connects and when one is new."""
    await exchange.ready.wait()
    for name, secret in await centre.ask(reads.softphones):
        try:
            if not await _knows(exchange, name):
                await _tell_of(exchange, name, secret)
        except ExchangeError as error:
            log.warning("voice.softphone_not_introduced", exchange=exchange.name, softphone=name, why=str(error))


async def _knows(exchange: Connection, name: str) -> bool:
    """Whether the exchange has the softphone already: what is told twice is refused."""
    try:
        await exchange.ask("GET", f"{_SOFTPHONES}/endpoint/{name}")
    except ExchangeError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return False
    return True


async def _tell_of(exchange: Connection, name: str, secret: str) -> None:
    for kind, facts in {
        "auth": {"auth_type": "userpass", "username": name, "password": secret},
        "aor": {"max_contacts": "1", "remove_existing": "yes"},
        "endpoint": {
            "webrtc": "yes", "context": "softphones", "disallow": "all", "allow": "opus,alaw,ulaw", "aors": name,
            "auth": name, "dtls_auto_generate_cert": "yes", "set_var": "PJSIP_TRANSFER_HANDLING()=ari-only",
        },
    }.items():  # fmt: skip
        fields = [{"attribute": key, "value": value} for key, value in facts.items()]
        await exchange.ask("PUT", f"{_SOFTPHONES}/{kind}/{name}", {"fields": fields})


async def _tell_that_it_is_there(exchange: Connection, centre: Centre) -> None:
    await exchange.ready.wait()
    while True:
        try:
            await centre.ask(heartbeats.beat, f"exchange:{exchange.name}")
        except Exception as error:  # the database will be back
            log.warning("voice.no_beat", error=type(error).__name__)
        await asyncio.sleep(BEAT_S)


async def _tell_the_exchange_that_we_live(exchange: Connection) -> None:
    await exchange.ready.wait()
    while True:
        with contextlib.suppress(ExchangeError):
            await exchange.ask("POST", "asterisk/variable", variable=ALIVE, value=int(time.time()))
        await asyncio.sleep(ALIVE_S)


async def _tidy(controller: Controller, centre: Centre) -> None:
    """Now and then, put right what a fault left behind: calls that nobody leads, exchanges that outlived theirs."""
    while True:
        await asyncio.sleep(TIDY_S)
        try:
            for exchange in list(controller.exchanges.values()):
                await controller.tidy(exchange)
            await centre.ask(tidying.settle)
        except Exception as error:  # the database, or the exchange, will be back
            log.warning("voice.not_tidied", error=type(error).__name__)


async def _serve(stop: threading.Event) -> None:
    centre = Centre()
    controller = Controller(centre)

    async def welcome(exchange: Connection) -> None:
        beside = [
            asyncio.create_task(introduce(exchange, centre)),
            asyncio.create_task(_tell_that_it_is_there(exchange, centre)),
            asyncio.create_task(_tell_the_exchange_that_we_live(exchange)),
        ]
        try:
            await controller.welcome(exchange)
        finally:
            for chore in beside:
                chore.cancel()

    listening = await listen_for_exchanges(settings.ARI_HOST, settings.ARI_PORT, settings.ARI_PASSWORD, welcome)
    chores = [asyncio.create_task(Ears(controller, centre).listen()), asyncio.create_task(_tidy(controller, centre))]
    try:
        while not stop.is_set():
            await asyncio.sleep(0.1)
    finally:
        for chore in chores:
            chore.cancel()
        listening.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(centre.keeper.settle(), SETTLE_S)


def main(stop: threading.Event) -> None:
    """Lead calls until `stop` is set. Calls under way stay up at the exchange for the controller that follows."""
    sys.setswitchinterval(SWITCH_S)
    asyncio.run(_serve(stop))
