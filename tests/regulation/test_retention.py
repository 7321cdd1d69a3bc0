"""How long things may be kept."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ligne import regulation
from ligne.regulation import retention

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def judged(**situation: Any) -> tuple[str, list[str]]:
    verdict = regulation.check({"act": "retention", **situation}, NOW)
    assert all(f.reason and f.source for f in verdict.rules)
    return verdict.verdict, [f.id for f in verdict.rules]


@pytest.mark.parametrize(
    ("what", "since", "last", "rule"),
    [
        ("recording", "2026-01-15", "2026-07-15", "53"),
        ("recording", "2026-08-31", "2027-02-28", "53"),
        ("evaluation", "2025-03-01", "2026-03-01", "53"),
        ("prospect", "2023-05-02", "2026-05-02", "56"),
        ("consent_proof", "2024-02-29", "2027-02-28", "6"),
    ],
)
def test_the_last_day_is_kept_and_the_next_is_not(what: str, since: str, last: str, rule: str) -> None:
    after = (date.fromisoformat(last) + timedelta(days=1)).isoformat()
    assert judged(what=what, since=since, at=f"{last}T23:59:00+02:00") == ("allow", [])
    assert judged(what=what, since=since, at=after) == ("block", [rule])


def test_without_an_instant_it_is_judged_now() -> None:
    assert judged(what="recording", since="2026-05-23") == ("allow", [])
    assert judged(what="recording", since="2026-05-22") == ("block", ["53"])


@pytest.mark.parametrize(
    ("changes", "field"), [({"what": "ghost"}, "what"), ({"since": None}, "since"), ({"at": 5}, "at")]
)
def test_what_does_not_fit_is_named(changes: dict[str, Any], field: str) -> None:
    situation = {"act": "retention", "what": "recording", "since": "2026-01-01"}
    with pytest.raises(regulation.WrongField) as error:
        regulation.check(situation | changes, NOW)
    assert error.value.field == field


@given(st.sampled_from(sorted(retention.TERMS)), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_what_may_be_kept_today_began_on_that_day_or_later(what: str, today: date) -> None:
    first = retention.kept_since(what, today)
    assert retention.last_day(what, first) >= today > retention.last_day(what, first - timedelta(days=1))
