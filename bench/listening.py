"""P14: figures of active listening, on conversations put together from spoken prompts with known speech.

The prompts are those of the telephone exchange, French and English, read by two people. In each, speech is what is
within 45 dB of its loudest moment, pauses under a quarter of a second included. Prompts are laid at random on two
tracks, which gives both the sound and the truth; then white noise is added to both, down to 5 dB under the voice.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import soundfile
from numpy.typing import NDArray

from bench.measure import Measure
from ligne.channels.voice import hearing, pbx
from ligne.channels.voice.rules import listening
from ligne.channels.voice.rules.listening import Interval
from ligne.site import env

RATE, MINUTES, CONVERSATIONS = 8000, 4, 6
UNDER_LOUDEST_DB, PAUSE_S, STEP = 45, 0.25, 160
NOISES: tuple[int | None, ...] = (None, 20, 10, 5)  # dB of the voice over the noise
ALLOWED, FASTER = 0.01, 50
SHARES = ("customer_share", "advisor_share", "overlap_share", "silence_share")

Samples = NDArray[np.float32]


def measures() -> Iterator[Measure]:
    """P14."""
    prompts = _prompts(pbx.fetch(env.pbx_programs()).data / "sounds")
    worst: dict[str, float] = {}
    slowest = float("inf")
    for noise in NOISES:
        for number in range(CONVERSATIONS):
            sound, truth = _conversation(prompts, number, noise)
            told, times = _heard(sound)
            slowest = min(slowest, times)
            for share in SHARES:
                key = f"{'clean' if noise is None else f'{noise} dB'}"
                off = abs(float(getattr(told, share) - getattr(truth, share)))
                worst[key] = round(max(worst.get(key, 0.0), off), 4)
    yield Measure(
        "P14",
        f"shares of customer, advisor, both and nobody in {CONVERSATIONS} stereo conversations of {MINUTES} minutes at "
        f"8 kHz, clean and with noise; times faster than the conversation, on one core",
        "each share within 0.01; at least 50 times real time",
        {"worst_error": worst, "x_realtime": round(slowest)},
        bool(max(worst.values()) <= ALLOWED and slowest >= FASTER),
    )


def _prompts(folder: Path) -> list[tuple[Samples, list[Interval]]]:
    found = []
    for language in ("fr", "en"):
        for path in sorted((folder / language).glob("*.wav")):
            if 1 < soundfile.info(path).duration < 12:
                sound, _ = soundfile.read(path, dtype="float32")
                found.append((sound, _spoken(sound)))
    return found


def _spoken(sound: Samples) -> list[Interval]:
    """When somebody speaks in a clean prompt, from its loudness alone."""
    frames = sound[: sound.size // STEP * STEP].reshape(-1, STEP)
    loudness = np.sqrt((frames**2).mean(axis=1))
    found: list[Interval] = []
    for step in np.flatnonzero(loudness > loudness.max() * 10 ** (-UNDER_LOUDEST_DB / 20)):
        start, end = step * STEP / RATE, (step + 1) * STEP / RATE
        if found and start - found[-1].end <= PAUSE_S:
            found[-1] = Interval(found[-1].start, end)
        else:
            found.append(Interval(start, end))
    return found


def _conversation(
    prompts: list[tuple[Samples, list[Interval]]], number: int, noise: int | None
) -> tuple[Samples, listening.Figures]:
    draw, chance = random.Random(number), np.random.default_rng(number)
    seconds = MINUTES * 60
    tracks, spoken = [], []
    for _ in range(2):
        track, said, now = np.zeros(seconds * RATE, np.float32), [], draw.random() * 3
        while now < seconds - 14:
            sound, when = draw.choice(prompts)
            at = int(now * RATE)
            track[at : at + sound.size] = sound
            said += [Interval(at / RATE + a, at / RATE + b) for a, b in when]
            now += sound.size / RATE + 0.8 + draw.random() * 8
        if noise is not None:
            voice = np.sqrt((track[track != 0] ** 2).mean())
            track = track + chance.normal(0, voice * 10 ** (-noise / 20), track.size).astype(np.float32)
        tracks.append(track)
        spoken.append(said)
    return np.stack(tracks, axis=1), listening.figures(spoken[0], spoken[1], seconds)


def _heard(sound: Samples) -> tuple[listening.Figures, float]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "call.wav"
        soundfile.write(path, sound, RATE, subtype="PCM_16")
        began = time.process_time()
        told, _ = hearing.listen(path)
        return told, told.duration_s / (time.process_time() - began)
