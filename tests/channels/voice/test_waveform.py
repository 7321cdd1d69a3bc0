"""A recording as a picture."""

from __future__ import annotations

import io
import wave
from array import array

import pytest

from ligne.channels.voice.rules import waveform


def _wav(left: list[int], right: list[int], channels: int = 2) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(8000)
        pairs = [sample for pair in zip(left, right, strict=True) for sample in pair] if channels == 2 else left
        file.writeframes(array("h", pairs).tobytes())
    return made.getvalue()


def test_each_side_has_its_own_heights() -> None:
    sound = _wav([0] * 500 + [16384] * 500, [-32768] * 500 + [0] * 500)
    customer, advisor = waveform.peaks(sound, points=2)
    assert (customer, advisor) == ([0, 50], [100, 0])


def test_a_short_or_empty_sound_has_fewer_points() -> None:
    assert waveform.peaks(_wav([], [])) == ([], [])
    customer, advisor = waveform.peaks(_wav([1, 2, 3], [0, 0, 0]))
    assert len(customer) == len(advisor) == 3


def test_one_track_is_no_conversation() -> None:
    with pytest.raises(wave.Error):
        waveform.peaks(_wav([1, 2], [1, 2], channels=1))


def test_the_path_goes_over_or_under_the_middle() -> None:
    assert waveform.path([0, 100], up=True, height=20) == "M0 0 L0 0.0 L1 -20.0 L1 0 Z".replace("0.0", "0.0")
    assert "L1 20.0" in waveform.path([0, 100], up=False, height=20)
    assert waveform.path([], up=True, height=20) == "M0 0  L0 0 Z"
