"""The flow's commands, done at the exchange."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import structlog

from ligne.channels.voice.exchange.ari import Connection, ExchangeError
from ligne.channels.voice.rules.flow import ADVISOR, CUSTOMER, words

log = structlog.get_logger(__name__)
APP = "ligne"
LEG = "leg"  # the first argument of a channel that we call
SIDES = (CUSTOMER, ADVISOR)
MESSAGE_S = 180
SILENCE_S = 5
# What is gone already needs no undoing.
GONE = (404, 409)


class Hands:
    """Does what the flow commands for one call at one exchange. What it makes there bears the call's name."""

    def __init__(self, exchange: Connection, call_id: str, *, line: Callable[[words.Dial], dict[str, Any]]) -> None:
        self.exchange = exchange
        self.call_id = call_id
        self.line = line  # endpoint, callerId and headers of a leg to be called
        self.bridge = f"{call_id}-talk"
        self.has_bridge = False
        self.tracks: dict[str, bool] = {}  # names of the recordings under way: whether each is silent
        self.takes = 0
        self.spoiled: set[int] = set()  # takes that may hold what must not be kept
        self.ears: dict[str, str] = {}  # of each supervisor's leg, the channel by which it hears
        self.recorded: list[tuple[str, str]] = []  # tracks that are over and may be kept, customer's first

    async def do(self, command: words.Command) -> bool:
        """Do one command; False when the exchange would not or could not. An exchange that is lost is no reason to
        stop: what it missed is made good when it is back."""
        try:
            await self._do(command)
        except ExchangeError as error:
            if error.status not in GONE:
                log.warning("voice.refused", command=type(command).__name__, call=self.call_id, why=str(error))
            return False
        return True

    def resume(self, there: set[str]) -> None:
        """After a take-over: what this call has at the exchange, among the channels that are `there`."""
        self.has_bridge = True
        mine = [name for name in there if name.startswith(f"{self.call_id}-take")]
        self.tracks = {name: self.tracks.get(name, False) for name in sorted(mine)}
        self.takes = max([self.takes, *(int(name.removeprefix(f"{self.call_id}-take").split("-")[0]) for name in mine)])

    async def leave(self) -> None:
        """The call is over: nothing of it stays at the exchange."""
        if self.takes in self.spoiled and self.tracks:
            with contextlib.suppress(ExchangeError):
                await self._stop_recording(drop=True)
        if self.has_bridge:
            with contextlib.suppress(ExchangeError):
                await self.exchange.ask("DELETE", f"bridges/{self.bridge}")

    async def _do(self, command: words.Command) -> None:
        match command:
            case words.Eavesdrop(leg, of, whisper):
                await self._eavesdrop(leg, of, whisper=whisper)
            case words.StopEavesdrop(leg):
                await self._stop_eavesdrop(leg)
            case words.StartRecording(customer, advisor):
                await self._start_recording(customer, advisor)
            case words.MuteRecording(on):
                await self._mute(on=on)
            case words.StopRecording(drop):
                await self._stop_recording(drop=drop)
            case words.Answer() | words.Dial() | words.HangUp() | words.Join() | words.Leave():
                await self._lead(command)
            case _:
                await self._sound(command)

    async def _lead(self, command: words.Command) -> None:
        """Who is in the call."""
        ask = self.exchange.ask
        match command:
            case words.Answer(channel):
                await ask("POST", f"channels/{channel}/answer")
            case words.Dial(leg, ring_s):
                line = self.line(command)
                await ask(
                    "POST", f"channels/{leg.channel}", line.pop("body", None), app=APP, appArgs=f"{LEG},{self.call_id}",
                    timeout=ring_s, **line,
                )  # fmt: skip
            case words.HangUp(channel, cause):
                await ask("DELETE", f"channels/{channel}", reason=cause)
            case words.Join(channel):
                self.has_bridge = True
                await self._make_bridge(self.bridge)
                await ask("POST", f"bridges/{self.bridge}/addChannel", channel=channel)
            case words.Leave(channel):
                await ask("POST", f"bridges/{self.bridge}/removeChannel", channel=channel)

    async def _sound(self, command: words.Command) -> None:
        """What one party hears, or leaves."""
        ask = self.exchange.ask
        match command:
            case words.Play(channel, name, prompts, language):
                await ask("POST", f"channels/{channel}/play/{name}", media=",".join(prompts), lang=language)
            case words.StopPlay(name):
                await ask("DELETE", f"playbacks/{name}")
            case words.StartMusic(channel, moh):
                await ask("POST", f"channels/{channel}/moh", mohClass=moh)
            case words.StopMusic(channel):
                await ask("DELETE", f"channels/{channel}/moh")
            case words.TakeMessage(channel, name):
                await ask(
                    "POST", f"channels/{channel}/record", name=name, format="wav", maxDurationSeconds=MESSAGE_S,
                    maxSilenceSeconds=SILENCE_S, beep="true", terminateOn="#", ifExists="overwrite",
                )  # fmt: skip

    async def _make_bridge(self, name: str) -> None:
        """Have a bridge of that name; one that is there already is good."""
        try:
            await self.exchange.ask("POST", f"bridges/{name}", type="mixing,dtmf_events", name=self.call_id)
        except ExchangeError as error:
            if error.status != HTTPStatus.CONFLICT:
                raise

    async def _eavesdrop(self, leg: str, of: str, *, whisper: bool) -> None:
        """Names are new each time: one that was just given up is not free at once."""
        ask = self.exchange.ask
        ear = self.ears[leg] = f"{leg}-ear-{secrets.token_hex(3)}"
        whispers = "out" if whisper else "none"
        await ask(
            "POST", f"channels/{of}/snoop/{ear}", spy="both", whisper=whispers, app=APP, appArgs=f"ear,{self.call_id}"
        )
        await self._make_bridge(f"{ear}-room")
        await ask("POST", f"bridges/{ear}-room/addChannel", channel=f"{ear},{leg}")

    async def _stop_eavesdrop(self, leg: str) -> None:
        if ear := self.ears.pop(leg, ""):
            with contextlib.suppress(ExchangeError):  # it went with the one it listened to
                await self.exchange.ask("DELETE", f"channels/{ear}")
            await self.exchange.ask("DELETE", f"bridges/{ear}-room")

    async def _start_recording(self, customer: str, advisor: str) -> None:
        """A track each; both begin at the same moment, so that they can be laid side by side afterwards."""
        if self.tracks:  # taken over while they ran
            return
        self.takes += 1
        for side, channel in zip(SIDES, (customer, advisor), strict=True):
            name = f"{self.call_id}-take{self.takes}-{side}"
            await self.exchange.ask(
                "POST", f"channels/{channel}/snoop/{name}", spy="in", app=APP, appArgs=f"track,{self.call_id}"
            )
            self.tracks[name] = False
        for name in self.tracks:
            await self.exchange.ask(
                "POST", f"channels/{name}/record", name=name, format="wav", ifExists="overwrite", beep="false"
            )

    async def _mute(self, *, on: bool) -> None:
        """A pause that cannot be made stops the recording and drops its sound: nobody's card is kept by a fault."""
        for name, silent in list(self.tracks.items()):
            if silent == on:
                continue
            try:
                await self.exchange.ask("POST" if on else "DELETE", f"recordings/live/{name}/mute")
                self.tracks[name] = on
            except ExchangeError as error:
                if on:
                    log.warning("voice.pause_failed", call=self.call_id, why=str(error))
                    self.spoiled.add(self.takes)  # should it not even stop now, its sound goes when it does
                    await self._stop_recording(drop=True)
                    return

    async def _stop_recording(self, *, drop: bool) -> None:
        drop = drop or self.takes in self.spoiled
        for name in list(self.tracks):
            # "stop" keeps what was recorded, "DELETE" discards it
            method, path = ("DELETE", "") if drop else ("POST", "/stop")
            try:
                await self.exchange.ask(method, f"recordings/live/{name}{path}")
            except ExchangeError as error:
                if error.status not in GONE:
                    raise
                if drop:
                    await self._discard(name)
            with contextlib.suppress(ExchangeError):  # it went with the one it listened to
                await self.exchange.ask("DELETE", f"channels/{name}")
        if not drop and len(self.tracks) == len(SIDES):
            self.recorded.append(
                (f"{self.call_id}-take{self.takes}-{SIDES[0]}", f"{self.call_id}-take{self.takes}-{SIDES[1]}")
            )
        self.tracks.clear()

    async def _discard(self, name: str) -> None:
        try:
            await self.exchange.ask("DELETE", f"recordings/stored/{name}")
        except ExchangeError as error:
            if error.status not in GONE:
                raise
