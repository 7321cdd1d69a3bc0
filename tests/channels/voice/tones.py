"""Tones as proof of who hears whom: made, sent as telephone sound, and found again in what arrives."""

from __future__ import annotations

import io
import math
import wave
from collections.abc import Sequence
from pathlib import Path

RATE = 8000


def sine(frequency: float, seconds: float, *, rate: int = RATE, loud: float = 0.5) -> list[int]:
    """Samples of 16 bits of a pure tone."""
    top = 32767 * loud
    return [round(top * math.sin(2 * math.pi * frequency * n / rate)) for n in range(int(seconds * rate))]


# The two tones of each key of a telephone (ITU-T Q.23).
_ROWS, _COLUMNS = (697.0, 770.0, 852.0, 941.0), (1209.0, 1336.0, 1477.0)
KEYS = {key: (_ROWS[place // 3], _COLUMNS[place % 3]) for place, key in enumerate("123456789*0#")}


def key(name: str, seconds: float, *, rate: int = RATE, loud: float = 0.3) -> list[int]:
    """Samples of a telephone's key, as it sounds."""
    low, high = KEYS[name]
    both = zip(sine(low, seconds, rate=rate, loud=loud), sine(high, seconds, rate=rate, loud=loud), strict=True)
    return [one + other for one, other in both]


def write(path: Path, frequency: float, *, seconds: float = 2.0, rate: int = 48000) -> Path:
    """A file that can be looped without a click: whole periods of a tone."""
    seconds = round(frequency * seconds) / frequency
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"".join(s.to_bytes(2, "little", signed=True) for s in sine(frequency, seconds, rate=rate)))
    return path


def wav(samples: Sequence[int], *, rate: int = RATE) -> bytes:
    """A WAV of 16-bit samples."""
    kept = io.BytesIO()
    with wave.open(kept, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"".join(one.to_bytes(2, "little", signed=True) for one in samples))
    return kept.getvalue()


def loudness(samples: Sequence[int]) -> float:
    """The mean power of `samples`, 1.0 for the loudest square wave."""
    return sum(s * s for s in samples) / max(1, len(samples)) / 32767**2


def strength(samples: Sequence[int], frequency: float, *, rate: int = RATE) -> float:
    """How much of the power of `samples` is in this tone, 0 to 1 (Goertzel)."""
    if not samples:
        return 0.0
    step = 2 * math.cos(2 * math.pi * frequency / rate)
    before = now = 0.0
    for sample in samples:
        before, now = now, sample + step * now - before
    power = now * now + before * before - step * now * before
    total = sum(s * s for s in samples)
    return 2 * power / len(samples) / total if total else 0.0


# -- A-law, the telephone's own coding (ITU-T G.711) -----------------------------------------------------------------


def _decoded(code: int) -> int:
    code ^= 0x55
    exponent, mantissa = (code & 0x70) >> 4, code & 0x0F
    size = (mantissa << 4) + (8 if exponent == 0 else 264)
    size <<= max(0, exponent - 1)
    return size if code & 0x80 else -size


_ALAW = [_decoded(code) for code in range(256)]
_ENCODED = sorted((value, code) for code, value in enumerate(_ALAW))


def from_alaw(coded: bytes) -> list[int]:
    """16-bit samples of A-law."""
    return [_ALAW[code] for code in coded]


def to_alaw(samples: Sequence[int]) -> bytes:
    """A-law of 16-bit samples."""
    return bytes(_nearest(sample) for sample in samples)


def _nearest(sample: int) -> int:
    low, high = 0, len(_ENCODED) - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _ENCODED[middle][0] <= sample else (low, middle)
    return min(_ENCODED[low], _ENCODED[high], key=lambda one: abs(one[0] - sample))[1]
