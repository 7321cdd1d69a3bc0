"""The tools by which the other tests hear."""

from __future__ import annotations

from tests.channels.voice import tones


def test_a_tone_is_found_and_no_other() -> None:
    heard = tones.from_alaw(tones.to_alaw(tones.sine(440, 0.5)))
    assert tones.strength(heard, 440) > 0.95
    assert tones.strength(heard, 700) < 0.01


def test_of_two_tones_each_is_found() -> None:
    both = [a + b for a, b in zip(tones.sine(440, 0.5, loud=0.3), tones.sine(950, 0.5, loud=0.3), strict=True)]
    heard = tones.from_alaw(tones.to_alaw(both))
    assert tones.strength(heard, 440) > 0.4
    assert tones.strength(heard, 950) > 0.4


def test_silence_has_no_tone() -> None:
    assert tones.strength([0] * 800, 440) == 0
    assert tones.loudness(tones.from_alaw(bytes([0xD5]) * 800)) < 1e-6
