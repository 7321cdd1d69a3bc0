"""Tests of the telephone with its rig: each begins in a quiet centre."""

from __future__ import annotations

import pytest

from tests.channels.voice.rig import Telephony, browsers, carrier, seat, telephony
from tests.stories.conftest import QUIET
from tests.world import Company, company

__all__ = ["browsers", "carrier", "seat", "telephony"]

NOTHING_PROMISED = """
from ligne.contacts.models import CallBack
CallBack.objects.exclude(state__in=["kept", "cancelled"]).update(state="cancelled")
"""


@pytest.fixture
def quiet(telephony: Telephony) -> None:
    """Nobody at a desk, nothing waiting, nothing promised, nobody on the line."""
    telephony.ask(QUIET + NOTHING_PROMISED)


@pytest.fixture
def bleuet(db: None) -> Company:
    """One company, for the tests that need no telephone."""
    return company("bleuet")
