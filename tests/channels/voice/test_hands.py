"""What is done at the exchange when it refuses: a recording that cannot be silenced is not kept."""

from __future__ import annotations

from typing import Any

import pytest

from ligne.channels.voice.exchange.ari import ExchangeError
from ligne.channels.voice.exchange.hands import Hands
from ligne.channels.voice.rules.flow import words
from tests import loops


class Refusing:
    """An exchange that takes every request but those whose path ends so."""

    def __init__(self, *refuses: str) -> None:
        self.refuses = refuses
        self.asked: list[tuple[str, str]] = []

    async def ask(self, method: str, path: str, body: Any = None, **query: Any) -> None:
        self.asked.append((method, path))
        if any(f"{method} {path}".endswith(end) for end in self.refuses):
            raise ExchangeError(500, "no")


def recording(*refuses: str) -> tuple[Hands, Refusing]:
    exchange = Refusing(*refuses)
    return Hands(exchange, "c1", line=lambda _: {}), exchange  # type: ignore[arg-type]


def do(hands: Hands, *commands: words.Command) -> None:
    async def run() -> None:
        for command in commands:
            await hands.do(command)

    loops.run(run())


BEGIN = words.StartRecording("cust", "adv")


def test_a_pause_that_works_keeps_the_recording() -> None:
    hands, exchange = recording()
    do(hands, BEGIN, words.MuteRecording(on=True), words.MuteRecording(on=False), words.StopRecording())
    assert hands.recorded == [("c1-take1-customer", "c1-take1-advisor")]
    assert ("POST", "recordings/live/c1-take1-customer/mute") in exchange.asked
    assert ("DELETE", "recordings/live/c1-take1-customer/mute") in exchange.asked


@pytest.mark.parametrize("side", ["customer", "advisor"])
def test_a_pause_that_fails_deletes_the_sound(side: str) -> None:
    hands, exchange = recording(f"POST recordings/live/c1-take1-{side}/mute")
    do(hands, BEGIN, words.MuteRecording(on=True))
    for track in ("customer", "advisor"):
        assert ("DELETE", f"recordings/live/c1-take1-{track}") in exchange.asked
    do(hands, words.StopRecording())
    assert hands.recorded == []


def test_what_can_be_neither_silenced_nor_stopped_is_deleted_at_the_end() -> None:
    hands, exchange = recording("/mute", "DELETE recordings/live/c1-take1-customer")
    do(hands, BEGIN, words.MuteRecording(on=True))
    exchange.refuses = ()
    do(hands, words.StopRecording())
    assert hands.recorded == [], "never kept"
    assert exchange.asked.count(("DELETE", "recordings/live/c1-take1-customer")) == 2
    do(hands, BEGIN, words.StopRecording())
    assert hands.recorded == [("c1-take2-customer", "c1-take2-advisor")], "the next one is another matter"


def test_a_call_that_ends_tries_once_more() -> None:
    hands, exchange = recording("/mute", "DELETE recordings/live/c1-take1-customer")
    do(hands, BEGIN, words.MuteRecording(on=True))
    exchange.refuses = ()
    loops.run(hands.leave())
    assert exchange.asked[-4:].count(("DELETE", "recordings/live/c1-take1-customer")) == 1
    assert hands.recorded == []
