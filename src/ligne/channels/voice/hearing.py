"""A recording is heard: each leg goes through silero's model for speech, on this machine and on one core.

The model is the file that the package silero-vad brings, run by onnxruntime; the package itself is not imported, since
it would ask for a much larger library that nothing here needs. Legs are read by blocks: an hour costs no more memory
than a minute.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import onnxruntime
import soundfile
import soxr
from numpy.typing import NDArray

from ligne.channels.voice.rules import listening
from ligne.kit.errors import Invalid
from ligne.kit.text import N_

RATE = 16_000
_FRAME, _BEFORE = 512, 64  # samples of one frame, and of the frame before that the model looks at
FRAME_S = _FRAME / RATE
_BLOCK_S = 30
LEGS = 2

Samples = NDArray[np.float32]


def listen(recorded: Path | BinaryIO) -> tuple[listening.Figures, float]:
    """The figures of a recording with the customer on the left and the advisor on the right, and how many times faster
    than the call itself they were made. Raises `Invalid` for what is no such recording."""
    began = time.perf_counter()
    customer, advisor, duration_s = speech(recorded)
    told = listening.figures(customer, advisor, duration_s)
    return told, duration_s / max(time.perf_counter() - began, 1e-6)


def speech(recorded: Path | BinaryIO) -> tuple[list[listening.Interval], list[listening.Interval], float]:
    """When the customer spoke, when the advisor spoke, and how long the recording is, seconds."""
    ears = [_Ear(), _Ear()]
    try:
        with soundfile.SoundFile(recorded) as sound:
            if sound.channels != LEGS:
                raise Invalid(
                    N_(
                        "This recording has %(count)s channels. It must have two: the customer left, the advisor right."
                    ),
                    field="file",
                    count=sound.channels,
                )
            duration_s = sound.frames / sound.samplerate
            for block in _blocks(sound):
                for ear, leg in zip(ears, block.T, strict=True):
                    ear.hear(np.ascontiguousarray(leg))
    except (soundfile.LibsndfileError, OSError) as problem:
        raise Invalid(N_("This file is no recording that can be read."), field="file") from problem
    customer, advisor = (ear.speech() for ear in ears)
    return customer, advisor, duration_s


def _blocks(sound: soundfile.SoundFile) -> Iterator[Samples]:
    """The sound at the model's rate, some seconds at a time."""
    if sound.samplerate == RATE:
        yield from sound.blocks(_BLOCK_S * RATE, dtype="float32", always_2d=True)
        return
    stream = soxr.ResampleStream(sound.samplerate, RATE, LEGS, dtype="float32")
    for block in sound.blocks(_BLOCK_S * sound.samplerate, dtype="float32", always_2d=True):
        yield stream.resample_chunk(block)
    yield stream.resample_chunk(np.zeros((0, LEGS), np.float32), last=True)


class _Ear:
    """One leg, heard block after block; what the model remembers goes on from one to the next."""

    def __init__(self) -> None:
        self._probabilities: list[Samples] = []
        self._powers: list[Samples] = []
        self._rest: Samples = np.zeros(0, np.float32)
        self._before: Samples = np.zeros(_BEFORE, np.float32)
        self._hidden = np.zeros((1, 1, 128), np.float32)
        self._cell = np.zeros((1, 1, 128), np.float32)

    def hear(self, samples: Samples) -> None:
        """The next samples of the leg."""
        held = np.concatenate((self._rest, samples))
        whole = held.size // _FRAME * _FRAME
        self._rest = held[whole:]
        if whole:
            self._ask(held[:whole].reshape(-1, _FRAME))

    def speech(self) -> list[listening.Interval]:
        """When somebody spoke, once everything was heard; the last frame is filled up with silence."""
        if self._rest.size:
            self._ask(np.pad(self._rest, (0, _FRAME - self._rest.size)).reshape(1, _FRAME))
            self._rest = self._rest[:0]
        chances, powers = (
            [float(each) for part in parts for each in part] for parts in (self._probabilities, self._powers)
        )
        return listening.speech(chances, FRAME_S, listening.over_noise_db(chances, powers))

    def _ask(self, frames: Samples) -> None:
        befores = np.vstack((self._before, frames[:-1, -_BEFORE:]))
        self._before = frames[-1, -_BEFORE:].copy()
        given = {"input": np.hstack((befores, frames)), "h": self._hidden, "c": self._cell}
        found, self._hidden, self._cell = _model().run(["speech_probs", "hn", "cn"], given)
        self._probabilities.append(found.reshape(-1))
        self._powers.append((frames**2).mean(axis=1))


@cache
def _model() -> Any:
    spec = find_spec("silero_vad")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("silero-vad is not installed")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    file = Path(spec.submodule_search_locations[0]) / "data" / "silero_vad_16k_sequence.onnx"
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
