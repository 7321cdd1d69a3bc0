"""Two companies for the tests of the desks."""

from __future__ import annotations

import pytest

from tests.world import Company, company


@pytest.fixture
def bleuet(db: None) -> Company:
    """One company."""
    return company("bleuet")


@pytest.fixture
def garance(db: None) -> Company:
    """Another, which must see nothing of the first."""
    return company("garance")
