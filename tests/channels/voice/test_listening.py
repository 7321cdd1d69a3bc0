"""Who spoke when, in figures: the rules on intervals, and what is heard of files."""

from __future__ import annotations

import json
import random
import wave
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from ligne.channels.voice import hearing
from ligne.channels.voice.commands import listen
from ligne.channels.voice.rules.listening import Interval, figures, speech
from ligne.kit.errors import Invalid

FRAME_S = 0.032


def test_shares_add_up_to_the_whole() -> None:
    told = figures([Interval(0, 10), Interval(20, 30)], [Interval(9, 15)], 40)
    assert (told.customer_share, told.advisor_share, told.overlap_share) == (0.5, 0.15, 0.025)
    assert told.silence_share == pytest.approx(1 - 0.5 - 0.15 + 0.025)
    assert told.duration_s == 40


def test_nobody_speaks() -> None:
    told = figures([], [], 12.5)
    assert (told.silence_share, told.interruptions, told.longest_advisor_turn_s) == (1.0, 0, 0.0)
    assert figures([], [], 0).silence_share == 1.0


def test_a_turn_goes_on_over_a_breath_and_ends_when_the_other_speaks() -> None:
    advisor = [Interval(0, 4), Interval(4.8, 9), Interval(12, 14)]
    assert figures([], advisor, 20).longest_advisor_turn_s == 9
    assert figures([Interval(4.2, 4.6)], advisor, 20).longest_advisor_turn_s == 4.2


def test_an_interruption_is_more_than_a_word_of_attention() -> None:
    customer = [Interval(0, 10)]
    assert figures(customer, [Interval(5, 8)], 20).interruptions == 1
    assert figures(customer, [Interval(5, 5.6)], 20).interruptions == 0, "a word that accompanies"
    assert figures(customer, [Interval(9.6, 10.3)], 20).interruptions == 1, "it took the floor"
    assert figures(customer, [Interval(9.9, 14)], 20).interruptions == 0, "both at once, at the very end"
    assert figures(customer, [Interval(10.1, 14)], 20).interruptions == 0


def test_speech_bridges_short_pauses_and_leaves_clicks_out() -> None:
    def at(*spans: tuple[float, float]) -> list[float]:
        return [0.9 if any(a <= n * FRAME_S < b for a, b in spans) else 0.05 for n in range(400)]

    [one] = speech(at((1, 2), (2.1, 3)), FRAME_S)
    assert one == pytest.approx((1, 3), abs=0.05)
    assert len(speech(at((1, 2), (2.5, 3)), FRAME_S)) == 2
    assert speech(at((1, 1.1)), FRAME_S) == []
    assert speech([], FRAME_S) == []
    assert speech([0.9] * 100, FRAME_S) == [Interval(0, 3.2)]


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0, 50)), max_size=12), st.randoms(use_true_random=False))
def test_figures_never_leave_their_bounds(pairs: list[tuple[float, float]], draw: random.Random) -> None:
    legs: tuple[list[Interval], list[Interval]] = ([], [])
    for a, b in sorted((min(p), max(p)) for p in pairs):
        leg = draw.choice(legs)
        if not leg or a > leg[-1].end:
            leg.append(Interval(a, b))
    told = figures(*legs, 60)
    shares = (told.customer_share, told.advisor_share, told.overlap_share, told.silence_share)
    assert all(0 <= share <= 1 for share in shares)
    assert told.customer_share + told.advisor_share - told.overlap_share + told.silence_share == pytest.approx(
        1, abs=1e-3
    )
    assert told.interruptions <= len(legs[1])
    assert told.longest_advisor_turn_s <= 60


def _write(path: Path, samples: np.ndarray, rate: int = 8000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_silence_noise_and_tones_are_no_speech(tmp_path: Path, rate: int) -> None:
    noise = np.random.default_rng(1).normal(0, 0.02, (rate * 10, 1))
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(rate * 10) / rate)[:, None]
    told, times = hearing.listen(_write(tmp_path / "calm.wav", np.hstack((noise, tone)), rate))
    assert told.silence_share > 0.97
    assert told.duration_s == 10
    assert times > 0


def test_a_file_of_another_kind_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="two"):
        hearing.listen(_write(tmp_path / "mono.wav", np.zeros((800, 1))))
    (tmp_path / "text.wav").write_bytes(b"RIFF....not a sound at all")
    with pytest.raises(Invalid, match="recording"):
        hearing.listen(tmp_path / "text.wav")
    done = CliRunner().invoke(listen, ["--json", str(tmp_path / "text.wav")])
    assert done.exit_code == 1
    assert "no recording" in done.output


def test_the_command_writes_the_documented_object(tmp_path: Path) -> None:
    empty = _write(tmp_path / "empty.wav", np.zeros((0, 2)))
    done = CliRunner().invoke(listen, ["--json", str(empty)])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output).keys() == {
        "duration_s", "customer_share", "advisor_share", "overlap_share", "silence_share", "interruptions",
        "longest_advisor_turn_s", "x_realtime",
    }  # fmt: skip
