"""Browsers whose microphones give a tone, so that a test hears who hears whom."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tools import system

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserType, Page

_FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required", "--auto-select-desktop-capture-source=Entire screen",
]  # fmt: skip

# The loudest frequency in what an audio element plays, Hz; 0 when there is silence or nothing.
_HEARD = """
async (selector) => {
  const stream = document.querySelector(selector)?.srcObject;
  if (!stream || !stream.getAudioTracks().length) return 0;
  const context = (window.__heard ??= new AudioContext());
  await context.resume();
  const ear = context.createAnalyser();
  ear.fftSize = 8192;
  const source = context.createMediaStreamSource(stream);
  source.connect(ear);
  await new Promise((done) => setTimeout(done, 500));
  const bins = new Float32Array(ear.frequencyBinCount);
  ear.getFloatFrequencyData(bins);
  source.disconnect();
  let best = 0;
  for (let n = 1; n < bins.length; n += 1) if (bins[n] > bins[best]) best = n;
  return bins[best] > -70 ? (best * context.sampleRate) / ear.fftSize : 0;
}
"""


def tone(path: Path, frequency: int) -> Path:
    """Two seconds of a tone, to be looped."""
    samples = (0.5 * np.sin(2 * np.pi * frequency * np.arange(96_000) / 48_000) * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(samples.tobytes())
    return path


class Person:
    """Somebody with a browser of their own and a microphone that gives one tone."""

    def __init__(self, kind: BrowserType, frequency: int, folder: Path, *, refuses: bool = False) -> None:
        flags = [each for each in _FLAGS if not (refuses and each == "--use-fake-ui-for-media-stream")]
        sound = f"--use-file-for-fake-audio-capture={tone(folder / f'{frequency}.wav', frequency)}"
        self.browser = kind.launch(executable_path=system.browser(), headless=True, args=[*flags, sound])
        self.page: Page = self.browser.new_context(viewport={"width": 1366, "height": 768}, locale="fr-FR").new_page()
        self.thrown: list[str] = []
        self.page.on("pageerror", lambda error: self.thrown.append(str(error)))

    def hears(self, selector: str) -> float:
        """The loudest frequency in what this element plays, Hz."""
        return float(self.page.evaluate(_HEARD, selector))


@contextmanager
def people(
    browser: Browser, folder: Path, *frequencies: int, refuses: frozenset[int] = frozenset()
) -> Iterator[list[Person]]:
    """Somebody for each frequency, each with another such `browser`."""
    found = [Person(browser.browser_type, each, folder, refuses=each in refuses) for each in frequencies]
    try:
        yield found
        assert [each.thrown for each in found] == [[] for _ in found]
    finally:
        for each in found:
            each.browser.close()
