"""What every test has."""

from __future__ import annotations

import pytest
from django.db import connection


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> None:
    """Let transactional tests empty the journal's tables afterwards; tests of the journal turn its guards on again."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:  # type: ignore[attr-defined]
        for table in ("journal_entry", "journal_entrypersonal", "journal_seal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only_truncate")
