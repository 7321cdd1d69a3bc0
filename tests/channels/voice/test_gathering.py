"""What many calls ask at once is answered together: in order, each their own, and no fault is another's."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ligne.channels.voice.exchange import words as translation
from ligne.channels.voice.exchange.gathering import Gathered, Keeper
from ligne.channels.voice.rules.flow import CUSTOMER, Call, Leg, Phase, Plan
from ligne.channels.voice.rules.keeping import Kept, kept_now
from tests import loops

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CALL = Call("c1", Plan(1, "+33199000001", "conseil"), legs=(Leg("ch1", CUSTOMER, number="+33612345678"),))


def test_what_comes_during_a_round_goes_into_the_next() -> None:
    rounds: list[list[int]] = []

    async def double(given: list[int]) -> list[int]:
        rounds.append(given)
        await asyncio.sleep(0)
        return [2 * one for one in given]

    async def ask() -> list[int]:
        gathered = Gathered(double)
        return list(await asyncio.gather(*(gathered.ask(number) for number in range(5))))

    assert loops.run(ask()) == [0, 2, 4, 6, 8]
    assert [one for these in rounds for one in these] == [0, 1, 2, 3, 4]
    assert len(rounds) < 5


def test_one_that_cannot_be_answered_spoils_nobody_elses() -> None:
    async def invert(given: list[int]) -> list[float]:
        return [1 / one for one in given]

    async def ask() -> list[float | BaseException]:
        gathered = Gathered(invert)
        return list(await asyncio.gather(*(gathered.ask(n) for n in (1, 0, 2)), return_exceptions=True))

    one, none, half = loops.run(ask())
    assert (one, half) == (1.0, 0.5)
    assert isinstance(none, ZeroDivisionError)


def test_the_latest_facts_are_kept_with_the_first_moments() -> None:
    kept: list[Kept] = []

    async def write(these: list[Kept]) -> None:
        kept.extend(these)

    async def keep() -> None:
        keeper = Keeper(write)
        for seconds, phase in enumerate((Phase.WAITING, Phase.TALKING, Phase.ENDED)):
            keeper.keep(kept_now(replace(CALL, phase=phase), "pbx", NOON + timedelta(seconds=seconds)))
        await keeper.settle()

    loops.run(keep())
    [one] = kept
    assert one.call.phase == Phase.ENDED
    assert (one.at, one.talked_at, one.ended_at) == (NOON, NOON + timedelta(seconds=1), NOON + timedelta(seconds=2))


def test_a_call_that_cannot_be_kept_keeps_no_other_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str] = []

    async def write(these: list[Kept]) -> None:
        if any(one.call.id == "c2" for one in these):
            raise ValueError
        kept.extend(one.call.id for one in these)

    async def keep() -> None:
        keeper = Keeper(write)
        for name in ("c1", "c2", "c3"):
            keeper.keep(kept_now(replace(CALL, id=name), "pbx", NOON))
        await keeper.settle()

    loops.run(keep())
    assert kept == ["c1", "c3"]


def test_while_the_database_is_away_nothing_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ligne.channels.voice.exchange.gathering.AGAIN_S", 0.01)
    kept: list[str] = []
    away = [True] * 5

    async def write(these: list[Kept]) -> None:
        if away and away.pop():
            raise ConnectionError
        kept.extend(one.call.id for one in these)

    async def keep() -> None:
        keeper = Keeper(write)
        for name in ("c1", "c2", "c3", "c4"):
            keeper.keep(kept_now(replace(CALL, id=name), "pbx", NOON))
        await keeper.settle()

    loops.run(keep())
    assert sorted(kept) == ["c1", "c2", "c3", "c4"]


@pytest.mark.parametrize(
    ("number", "name", "wanted"),
    [
        ("+33612345678", "Anne", ("+33612345678", "Anne")),
        ("anonymous", "Anonymous", ("", "")),
        ("", "", ("", "")),
        (None, None, ("", "")),
        ("12\x00\x07", "x\x00", ("12", "x")),
    ],
)
def test_who_calls_is_what_the_carrier_shows(number: str | None, name: str | None, wanted: tuple[str, str]) -> None:
    found = translation.caller_of({"caller": {"number": number, "name": name}})
    assert (found["number"], found["name"]) == wanted
