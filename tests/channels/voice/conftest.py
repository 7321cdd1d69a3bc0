"""Tests of the telephone with its rig: each begins in a quiet centre."""

from __future__ import annotations

import pytest

from tests.channels.voice.rig import Telephony, browsers, carrier, seat, telephony
from tests.stories.conftest import QUIET

__all__ = ["browsers", "carrier", "seat", "telephony"]


@pytest.fixture
def quiet(telephony: Telephony) -> None:
    """Nobody at a desk, nothing waiting, nobody on the line."""
    done = telephony.centre.ligne("django", "shell", "-v", "0", "-c", QUIET)
    assert done.returncode == 0, done.stderr
