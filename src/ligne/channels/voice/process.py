"""The controller's process: exchanges connect to it, the centre tells it of contacts, it leads the calls."""

from __future__ import annotations

import asyncio
import contextlib
import json
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
from ligne.channels.voice.exchange.controller import Controller, Live
from ligne.channels.voice.pbx.configuration import ALIVE, TRUNK
from ligne.channels.voice.ports import Card
from ligne.channels.voice.rules.flow import CUSTOMER, SUPERVISOR, Call, Plan, words
from ligne.channels.voice.services import ACTS, messages, payments, recordings, spine
from ligne.kit import database, heartbeats
from ligne.kit import live as live_line

log = structlog.get_logger(__name__)
THREADS = 8
BEAT_S, ALIVE_S = 5.0, 1.0
_SOFTPHONES = "asterisk/config/dynamic/res_pjsip"
T = TypeVar("T")
Json = dict[str, Any]


class Centre:
    """`controller.Spine` in this process: Django's verbs, each in a thread."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="voice")

    async def ask(self, verb: Callable[..., T], *given: Any) -> T:
        """Run `verb` in a thread, with a connection that is known to be good."""

        def run() -> T:
            close_old_connections()
            return verb(*given)

        return await asyncio.get_running_loop().run_in_executor(self._threads, run)

    async def plan(self, dialled: str, caller: str) -> Plan | None:
        """See `services.spine.plan`."""
        return await self.ask(spine.plan, dialled, caller)

    async def keep(self, call: Call, exchange: str) -> None:
        """See `services.spine.keep`."""
        await self.ask(spine.keep, call, exchange)

    async def kept(self, exchange: str) -> list[Call]:
        """See `services.spine.kept`."""
        return await self.ask(spine.kept, exchange)

    async def is_over(self, channel: str) -> bool:
        """See `services.spine.is_over`."""
        return await self.ask(spine.is_over, channel)

    async def standing(self, call: Call) -> list[words.Event]:
        """See `services.spine.standing`."""
        return await self.ask(spine.standing, call)

    async def do(self, call: Call, command: words.Command, caller: Json) -> list[words.Event]:
        """See `services.spine.do`."""
        return await self.ask(spine.do, call, command, caller)

    async def charge(self, payment: str, card: Card) -> words.Charged:
        """See `services.payments.charge`."""
        return words.Charged(payment, await self.ask(payments.charge, payment, card))

    async def keep_recording(self, call_id: str, tracks: tuple[str, str]) -> None:
        """See `services.recordings.keep`."""
        await self.ask(recordings.keep, call_id, tracks)

    async def keep_message(self, call_id: str, name: str) -> None:
        """See `services.messages.keep`."""
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
        # Who listens in or has the call already asked for it: a telephone that names no contact is lifted by itself.
        asked = leg.role == SUPERVISOR or call.accepted_by == leg.user_id
        contact = "" if asked else str(call.contact_id or "")
        return {
            "endpoint": f"PJSIP/{reads.softphone_name(leg.user_id)}",
            "callerId": customer.number if customer else "",
            "body": {"variables": {"PJSIP_HEADER(add,X-Ligne-Contact)": contact}},
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
                await self._look(live)
            async for notice in session.notifies():
                for topic, _, data in json.loads(notice.payload.partition(" ")[2]):
                    if topic.startswith("voice:"):
                        await self._hear(topic.removeprefix("voice:"), data)

    async def _hear(self, about: str, data: Json) -> None:
        if about == "keys":
            await asyncio.gather(*(introduce(e, self.centre) for e in list(self.controller.exchanges.values())))
        elif about == "people":
            for live in list(self.controller.calls.values()):
                live.inbox.put_nowait(words.Ready(data["user_id"]))
        elif about == "dial":
            await self._dial(data["call"], data["user_id"])
        else:
            for live in [one for one in self.controller.calls.values() if one.call.contact_id == int(about)]:
                if act := ACTS.get(data.get("act", "")):
                    live.inbox.put_nowait(act(data["user_id"], data.get("number", "")))
                else:
                    await self._look(live)

    async def _look(self, live: Live) -> None:
        for event in await self.centre.standing(live.call):
            live.inbox.put_nowait(event)

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


async def _serve(stop: threading.Event) -> None:
    centre = Centre()
    controller = Controller(centre)

    async def welcome(exchange: Connection) -> None:
        chores = [
            asyncio.create_task(introduce(exchange, centre)),
            asyncio.create_task(_tell_that_it_is_there(exchange, centre)),
            asyncio.create_task(_tell_the_exchange_that_we_live(exchange)),
        ]
        try:
            await controller.welcome(exchange)
        finally:
            for chore in chores:
                chore.cancel()

    listening = await listen_for_exchanges(settings.ARI_HOST, settings.ARI_PORT, settings.ARI_PASSWORD, welcome)
    ears = asyncio.create_task(Ears(controller, centre).listen())
    try:
        while not stop.is_set():
            await asyncio.sleep(0.1)
    finally:
        ears.cancel()
        listening.close()


def main(stop: threading.Event) -> None:
    """Lead calls until `stop` is set. Calls under way stay up at the exchange for the controller that follows."""
    asyncio.run(_serve(stop))
