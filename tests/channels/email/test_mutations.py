"""Ten thousand broken mails: the corpus with bytes flipped, cut, exchanged, headers lost. Deterministic by seed."""

from __future__ import annotations

import random

import pytest

from tests.channels.email.corpus import corpus
from tests.channels.email.test_parse import understood

# Large ones are mutated too, cut to this: their size has tests of its own.
SOURCES = [data[:20_000] for data, _ in corpus().values() if data]
EACH = 1000


def flip(data: bytearray, rng: random.Random) -> bytes:
    for _ in range(rng.randint(1, 1 + len(data) // 50)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def cut(data: bytearray, rng: random.Random) -> bytes:
    return bytes(data[: rng.randrange(len(data))])


def remove(data: bytearray, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    del data[start : start + rng.randint(1, 200)]
    return bytes(data)


def splice(data: bytearray, rng: random.Random) -> bytes:
    other = rng.choice(SOURCES)
    return bytes(data[: rng.randrange(len(data))]) + other[rng.randrange(len(other)) :]


def drop_lines(data: bytearray, rng: random.Random) -> bytes:
    return b"\n".join(line for line in bytes(data).split(b"\n") if rng.random() > 0.1)


def repeat(data: bytearray, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    return bytes(data[:start]) + bytes(data[start : start + 40]) * rng.randint(2, 100) + bytes(data[start:])


MUTATIONS = [flip, cut, remove, splice, drop_lines, repeat]


def mutate(rng: random.Random) -> bytes:
    data = rng.choice(SOURCES)
    for _ in range(rng.randint(1, 3)):
        data = rng.choice(MUTATIONS)(bytearray(data), rng) or b"x"
    return data


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 10))])
def test_mutated_mails_are_understood(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(EACH):
        understood(mutate(rng))


MEGABYTE = 1_000_000
HOSTILE = {
    "one line": b"a" * 8 * MEGABYTE,
    "newlines": b"\n" * 8 * MEGABYTE,
    "returns": b"\r" * 8 * MEGABYTE,
    "brackets in From": b"From: " + b"<(" * MEGABYTE + b"\n\nx",
    "colons in To": b"To: " + b"a:" * MEGABYTE + b"\n\nx",
    "semicolons": b"Content-Type: text/plain" + b";" * MEGABYTE + b"\n\nx",
    "encoded words": b"Subject: " + b"=?utf-8?Q?" * 100_000 + b"\n\nx",
    "folded": b"Subject: a\n" + b" b\n" * MEGABYTE + b"\nx",
    "boundaries": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * MEGABYTE,
    "false boundaries": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--bc\n" * MEGABYTE,
    "quotes": b"\n" + b">" * 4 * MEGABYTE,
    "quoted lines": b"\n" + b"> a\n" * MEGABYTE,
    "says wrote": b"\n" + b"Le 1 a\n" * MEGABYTE,
    "says from": b"\n" + b"De : a\n" * MEGABYTE,
    "less than": b"Content-Type: text/html\n\n" + b"<" * 2 * MEGABYTE,
    "comments": b"Content-Type: text/html\n\n" + b"<!--" * 400_000,
    "crossed tags": b"Content-Type: text/html\n\n" + b"<b>x</i>" * 200_000,
    "nested tags": b"Content-Type: text/html\n\n" + b"<b><p>" * 300_000,
    "nested tables": b"Content-Type: text/html\n\n" + b"<table><tr><td>" * 100_000,
    "many tables": b"Content-Type: text/html\n\n" + b"<table><tr><td>x</td></tr></table>" * 50_000,
    "attributes": b"Content-Type: text/html\n\n<p " + b"a=b " * 400_000 + b">x",
    "entities": b"Content-Type: text/html\n\n" + b"&amp" * 400_000,
    "begin": b"\n" + b"begin 644 x\n" * 200_000 + b"end\n",
    "begin and end": b"\n" + b"begin 644 x\nend\n" * 200_000,
    "ids": b"References: " + b"<a@b" * MEGABYTE + b"\n\nx",
    "addresses in a bounce": b"From: mailer-daemon@x\nSubject: failure notice\n\n" + b"a.a@" * MEGABYTE,
    "flowed": b"Content-Type: text/plain; format=flowed\n\n" + b"a \n" * 2 * MEGABYTE,
    "calendar": b"Content-Type: text/calendar\n\nBEGIN:VEVENT\n" + b" x\n" * MEGABYTE,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_the_time_taken_stays_in_proportion(name: str) -> None:
    """Hostile megabytes take seconds; where reading them were quadratic, this test would not come back for hours."""
    understood(HOSTILE[name])
