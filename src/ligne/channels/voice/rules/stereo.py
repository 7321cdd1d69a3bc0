"""Two tracks of a conversation laid side by side: the customer on the left, the advisor on the right. Pure."""

from __future__ import annotations

import io
import wave

WIDTH = 2  # bytes a sample


def merge(customer: bytes, advisor: bytes) -> bytes:
    """A stereo WAV of two mono WAVs of 16 bits; the shorter one ends in silence. Raises `wave.Error` or `EOFError` for
    what is no such sound, `ValueError` for tracks of different pace."""
    (left, pace), (right, other) = _samples(customer), _samples(advisor)
    if pace != other:
        raise ValueError("the two tracks do not have the same pace")
    size = max(len(left), len(right))
    left, right = left.ljust(size, b"\0"), right.ljust(size, b"\0")
    both = bytearray(2 * size)
    both[0::4], both[1::4] = left[0::2], left[1::2]
    both[2::4], both[3::4] = right[0::2], right[1::2]
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(WIDTH)
        file.setframerate(pace)
        file.writeframes(bytes(both))
    return made.getvalue()


def _samples(track: bytes) -> tuple[bytes, int]:
    with wave.open(io.BytesIO(track)) as file:
        if file.getnchannels() != 1 or file.getsampwidth() != WIDTH:
            raise wave.Error("not one track of 16 bits")
        return file.readframes(file.getnframes()), file.getframerate()


def seconds(sound: bytes) -> float:
    """How long a WAV lasts."""
    with wave.open(io.BytesIO(sound)) as file:
        return float(file.getnframes() / file.getframerate())
