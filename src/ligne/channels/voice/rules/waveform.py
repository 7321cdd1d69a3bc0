"""A recording as a picture: how loud each side was, moment by moment. Pure."""

from __future__ import annotations

import io
import wave
from array import array
from itertools import pairwise

POINTS = 240
_FULL = 32768


def peaks(sound: bytes, points: int = POINTS) -> tuple[list[int], list[int]]:
    """The loudest of each of `points` equal parts of a stereo WAV of 16 bits, customer's and advisor's, 0 to 100.

    Shorter sounds have fewer points. Raises `wave.Error` or `EOFError` for what is no such sound.
    """
    legs = _legs(sound, 2)
    customer, advisor = (_heights(leg, points) for leg in legs)
    return customer, advisor


def outline(sound: bytes, points: int = POINTS) -> list[int]:
    """`peaks` of a WAV with one track: a message."""
    return _heights(_legs(sound, 1)[0], points)


def _legs(sound: bytes, count: int) -> list[array[int]]:
    with wave.open(io.BytesIO(sound)) as file:
        if file.getnchannels() != count or file.getsampwidth() != 2:
            raise wave.Error(f"not {count} track(s) of 16 bits")
        samples = array("h", file.readframes(file.getnframes()))
    return [samples[leg::count] for leg in range(count)]


def _heights(leg: array[int], points: int) -> list[int]:
    count = min(points, len(leg))
    ends = [len(leg) * n // count for n in range(count + 1)] if count else []
    return [_loudness(leg[a:b]) for a, b in pairwise(ends)]


def _loudness(part: array[int]) -> int:
    highest, lowest = max(part), min(part)
    return round(100 * max(highest, -lowest) / _FULL)


def path(heights: list[int], *, up: bool, height: float) -> str:
    """The `d` of an SVG path: an area over (or under) the middle line, one unit wide a point, at most `height` high."""
    sign = -1 if up else 1
    tops = " ".join(f"L{x} {sign * height * h / 100:.1f}" for x, h in enumerate(heights))
    return f"M0 0 {tops} L{max(0, len(heights) - 1)} 0 Z"
