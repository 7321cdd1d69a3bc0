from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ligne import regulation
from ligne.regulation.catalogue import RULES

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CONSENT = {"channel": "voice", "given_at": "2026-08-20T10:00:00+02:00", "proof": True, "items": 5}

CALL: dict[str, Any] = {
    "act": "contact",
    "at": "2026-11-24T10:30:00+01:00",  # a Tuesday
    "channel": "voice",
    "purpose": "prospecting",
    "mode": "manual",
    "customer": {"kind": "consumer", "zone": "Europe/Paris", "opposed": []},
    "sector": "telecom",
    "consents": [CONSENT],
    "attempts": [],
    "caller_id": "+33162000000",
    "caller_id_authorised": True,
}
MAIL: dict[str, Any] = {
    "act": "contact",
    "at": "2026-11-24T10:30:00+01:00",
    "channel": "email",
    "purpose": "prospecting",
    "customer": {"kind": "consumer", "zone": "Europe/Paris", "opposed": []},
    "consents": [CONSENT | {"channel": "email"}],
    "message": {"promotional": True, "opt_out": True, "brand_first": True, "sender": "LIGNE", "text": ""},
}
SMS: dict[str, Any] = MAIL | {"channel": "sms", "consents": [CONSENT | {"channel": "sms"}]}


def judged(base: dict[str, Any], **changes: Any) -> tuple[str, list[str]]:
    """The verdict and the ids of the rules that warn or block; `customer`, `message` and `consent` are merged in."""
    situation = {**base}
    for key, value in changes.items():
        if key in {"customer", "message"}:
            situation[key] = {**base.get(key, {}), **value}
        elif key == "consent":
            situation["consents"] = [{**base["consents"][0], **value}]
        elif value is ...:
            del situation[key]
        else:
            situation[key] = value
    verdict = regulation.check(situation, NOW)
    assert all(f.reason and f.source for f in verdict.rules)
    return verdict.verdict, [f.id for f in verdict.rules]


ALLOWED = ("allow", [])
FOUR = ["2026-11-01", "2026-11-05", "2026-11-12", "2026-11-20"]
REUNION = {"zone": "Indian/Reunion"}
BUSINESS = {"kind": "business"}
ASKED_BACK = {"sector": "renewable_energy", "consents": []}


@pytest.mark.parametrize("base", [CALL, MAIL, SMS], ids=["call", "mail", "sms"])
def test_what_respects_everything_is_allowed(base: dict[str, Any]) -> None:
    assert judged(base) == ALLOWED


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"at": "2027-08-19T10:30:00+02:00"}, []),
        # Saturday, too: every failing rule is told.
        ({"at": "2027-08-21T10:30:00+02:00"}, ["1", "4", "13"]),
        ({"at": "2027-08-20T10:00:00+02:00"}, ["1", "4"]),
        ({"at": "2026-11-24T13:30:00+01:00"}, ["13"]),
        ({"at": "2026-11-24T10:30:00+01:00", "customer": REUNION}, ["13"]),
        ({"at": "2026-11-24T08:30:00+01:00", "customer": REUNION}, []),
        ({"at": "2026-11-11T10:30:00+01:00"}, ["13"]),
        (
            {
                "at": "2027-12-20T08:30:00+01:00",
                "customer": {"zone": "Indian/Reunion"},
                "consent": {"given_at": "2027-01-05"},
            },
            ["13"],
        ),
        ({"at": "2026-11-24T12:59:59+01:00"}, []),
        ({"at": "2026-11-24T13:00:00+01:00"}, ["13"]),
        ({"at": "2026-11-24T14:00:00+01:00"}, []),
        ({"at": "2026-11-24T20:00:00+01:00"}, ["13"]),
        ({"at": "2026-11-28T11:00:00+01:00", "appointment_at": "2026-11-28T11:00:00+01:00"}, []),
        ({"at": "2026-11-28T15:00:00+01:00", "appointment_at": "2026-11-28T11:00:00+01:00"}, ["13"]),
        (
            {"at": "2026-11-30T10:30:00+01:00", "attempts": FOUR},
            ["14"],
        ),
        ({"at": "2026-12-01T10:30:00+01:00", "attempts": FOUR}, []),
        ({"consents": []}, ["1"]),
        ({"consents": [CONSENT | {"channel": "email"}]}, ["1"]),
        ({"consent": {"given_at": "2026-12-01"}}, ["1"]),
        ({"consent": {"proof": False}}, ["1", "2"]),
        ({"consent": {"proof": None}}, ["1", "2"]),
        ({"consent": {"items": 4}}, ["1", "3"]),
        ({"consent": {"items": None}}, ["1", "3"]),
        ({"consent": {"given_at": None}}, ["1", "4"]),
        ({"consent": {"expires_at": "2026-10-01"}}, ["1", "4"]),
        ({"consent": {"withdrawn_at": "2026-11-24T10:29:00+01:00"}}, ["1", "7"]),
        ({"consent": {"withdrawn_at": "2026-11-25T10:29:00+01:00"}}, []),
        ({"customer": {"opposed": ["voice"]}}, ["7", "15"]),
        ({"customer": {"opposed": ["email"]}}, []),
        ({"consents": [], "contract": {"in_force": True, "related": True}}, []),
        ({"consents": [], "contract": {"in_force": True, "related": False}}, ["1"]),
        ({"consents": [], "contract": {"in_force": True}}, ["1"]),
        ({"consents": [], "sector": "press"}, []),
        ({"consents": [], "sector": "press", "at": "2026-11-28T10:30:00+01:00"}, ["13"]),
        ({"sector": "energy_renovation"}, ["10"]),
        ({"sector": "energy_renovation", "contract": {"in_force": True, "related": True}}, []),
        (ASKED_BACK | {"requested_call_back_at": "2026-11-18T10:30:00+01:00"}, []),
        (
            ASKED_BACK | {"requested_call_back_at": "2026-11-17T10:30:00+01:00"},
            ["1", "10", "11"],
        ),
        ({"sector": "training_account"}, ["12"]),
        ({"refused_at": "2026-10-01T10:00:00+02:00"}, ["14b"]),
        ({"refused_at": "2026-09-01T10:00:00+02:00"}, []),
        ({"customer": {"zone": None}}, ["13"]),
        ({"attempts": ...}, ["14"]),
        ({"caller_id": ...}, ["15"]),
        ({"caller_id": ""}, ["15"]),
        ({"caller_id_authorised": ...}, ["24"]),
        ({"caller_id_authorised": False}, ["24"]),
        ({"caller_id": "+33612345678"}, ["23"]),
        ({"mode": "predictive"}, []),
        ({"mode": "predictive", "caller_id": "+33145000000"}, ["21"]),
        ({"mode": "progressive", "caller_id": "+33612345678"}, ["21", "23"]),
        ({"mode": "predictive", "caller_id": "+441234567890"}, ["22"]),
        ({"mode": "preview", "caller_id": "+33145000000"}, []),
        ({"customer": {"kind": None}, "consents": []}, ["1"]),
        (
            {
                "customer": BUSINESS,
                "consents": [],
                "profession_related": True,
                "at": "2026-11-28T21:00:00+01:00",
            },
            [],
        ),
        ({"customer": BUSINESS}, ["20"]),
        ({"customer": {"kind": "business", "opposed": ["voice"]}, "profession_related": True}, ["20"]),
        ({"purpose": "service", "consents": [], "at": "2026-11-28T22:00:00+01:00"}, []),
        ({"at": "2026-08-10T10:30:00+02:00", "consents": []}, []),  # before the reform
    ],
)
def test_calls(changes: dict[str, Any], rules: list[str]) -> None:
    assert judged(CALL, **changes) == ("block" if rules else "allow", rules)


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"consents": []}, ["26"]),
        ({"consents": [CONSENT]}, ["26"]),  # consent to be called is not consent to be written to
        ({"consent": {"proof": None}}, ["26"]),
        ({"consent": {"given_at": "2020-01-01"}}, []),  # no term of one year here
        ({"consent": {"expires_at": "2026-01-01"}}, ["26"]),
        ({"consent": {"withdrawn_at": "2026-09-01"}}, ["26"]),
        ({"consents": [], "similar_product": True}, []),
        ({"consents": [], "similar_product": True, "message": {"opt_out": False}}, ["27", "28"]),
        ({"consents": [], "similar_product": True, "customer": {"opposed": ["email"]}}, ["26"]),
        ({"message": {"opt_out": None}}, ["28"]),
        ({"consents": [], "purpose": "service", "message": {"promotional": False}}, []),
        ({"consents": [], "purpose": "service", "message": {"promotional": True}}, ["26"]),
        ({"customer": BUSINESS, "consents": [], "profession_related": True}, []),
        ({"customer": BUSINESS, "consents": []}, ["31"]),
        ({"customer": {"kind": "business", "opposed": ["email"]}, "profession_related": True}, ["31"]),
        ({"sector": "home_adaptation"}, ["10"]),
        ({"sector": "home_adaptation", "at": "2025-07-01T10:00:00+02:00", "consent": {"given_at": "2025-01-01"}}, []),
        ({"channel": "letter", "consents": [], "customer": {"opposed": ["letter"]}}, ["57"]),
        ({"channel": "letter", "consents": []}, []),
        ({"purpose": "survey", "message": {"promotional": False}, "customer": {"opposed": ["email"]}}, ["57"]),
    ],
)
def test_messages(changes: dict[str, Any], rules: list[str]) -> None:
    assert judged(MAIL, **changes) == ("block" if rules else "allow", rules)


FUNCTIONAL = {"purpose": "service", "consents": []}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"at": "2026-11-24T21:45:00+01:00"}, ("block", ["30"])),
        ({"at": "2026-11-24T21:30:00+01:00"}, ALLOWED),
        ({"at": "2026-11-24T07:59:00+01:00"}, ("block", ["30"])),
        ({"at": "2026-11-29T10:00:00+01:00"}, ("warn", ["30"])),
        ({"at": "2026-11-11T10:00:00+01:00"}, ("warn", ["30"])),
        ({"customer": {"zone": None}}, ("block", ["30"])),
        ({"message": {"sender": "LIGNE CLAIRE"}}, ("block", ["29"])),
        ({"message": {"opt_out": False}}, ("block", ["28", "29"])),
        ({"message": {"brand_first": None}}, ("block", ["29"])),
        (
            FUNCTIONAL
            | {"at": "2026-11-24T23:00:00+01:00", "message": {"promotional": False, "text": "Votre code : 4821"}},
            ALLOWED,
        ),
        (
            FUNCTIONAL
            | {
                "at": "2026-11-24T23:00:00+01:00",
                "message": {"promotional": False, "text": "Rappel : rendez-vous demain. -20 % sur votre entretien"},
            },
            ("block", ["26", "30"]),
        ),
    ],
)
def test_sms(changes: dict[str, Any], expected: tuple[str, list[str]]) -> None:
    assert judged(SMS, **changes) == expected


REMINDER = CALL | {"purpose": "collection", "consents": [], "customer": {"kind": "consumer", "over_indebted": False}}


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({}, []),
        ({"customer": {"over_indebted": True}}, ["49"]),
        ({"customer": {"over_indebted": True, "kind": "business"}}, []),
        ({"instalment_plan": {"kept": True}}, ["50"]),
        ({"attempts": ["2026-11-20", "2026-11-21", "2026-11-22"]}, ["44"]),
        ({"attempts": ["2026-11-10", "2026-11-21", "2026-11-22"]}, []),
    ],
)
def test_reminders_of_debts(changes: dict[str, Any], rules: list[str]) -> None:
    assert judged(REMINDER, **changes) == ("block" if rules else "allow", rules)


def test_nothing_known_blocks_prospecting_by_every_rule_it_could_break() -> None:
    verdict, rules = judged(
        {"act": "contact", "channel": "voice", "purpose": "prospecting", "at": "2026-11-24T13:30:00+01:00"}
    )
    assert (verdict, rules) == ("block", ["1", "13", "14", "15", "24"])


def test_reasons_are_told_in_the_language_set() -> None:
    regulation.speak_with(lambda sentence: f"fr:{sentence}")
    try:
        reason = regulation.check(CALL | {"consents": []}, NOW).rules[0].reason
    finally:
        regulation.speak_with(lambda sentence: sentence)
    assert reason.startswith("fr:This person never agreed")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"act": "dance"}, "act"),
        ({"channel": "telex"}, "channel"),
        ({"purpose": None}, "purpose"),
        ({"at": "tomorrow"}, "at"),
        ({"at": "2026-11-24T10:30:00"}, "at"),
        ({"at": 5}, "at"),
        ({"at": "0001-01-01T00:00:00+10:00"}, "at"),
        ({"customer": []}, "customer"),
        ({"customer": {"zone": "Mars/Olympus"}}, "customer.zone"),
        ({"customer": {"zone": "../../etc/passwd"}}, "customer.zone"),
        ({"customer": {"kind": "cat"}}, "customer.kind"),
        ({"customer": {"opposed": ["voice", "smoke"]}}, "customer.opposed[1]"),
        ({"consents": [CONSENT, 3]}, "consents[1]"),
        ({"consents": [CONSENT | {"items": "5"}]}, "consents[0].items"),
        ({"consents": [CONSENT | {"items": True}]}, "consents[0].items"),
        ({"consents": [CONSENT | {"proof": "yes"}]}, "consents[0].proof"),
        ({"attempts": [None]}, "attempts[0]"),
        ({"attempts": "2026-11-01"}, "attempts"),
        ({"caller_id": 33162000000}, "caller_id"),
        ({"message": {"text": 5}}, "message.text"),
    ],
)
def test_what_does_not_fit_is_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(regulation.WrongField) as error:
        regulation.check(CALL | change, NOW)
    assert error.value.field == field


def test_every_rule_is_dated_and_cited_once_per_source() -> None:
    assert all(rule.source and rule.confidence in {"S1", "S2", "R", "P"} for rule in RULES)
    assert len({(rule.id, rule.source) for rule in RULES}) == len(RULES)
    assert [rule.id for rule in RULES] == sorted((r.id for r in RULES), key=lambda i: (int(i.rstrip("b")), i))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["2026-11-24", "Europe/Paris"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.dictionaries(st.sampled_from(sorted([*CALL, "message", "contract", "refused_at", "appointment_at"])), JSON))
def test_any_input_is_judged_or_refused_by_name(changes: dict[str, Any]) -> None:
    try:
        told = regulation.check(CALL | changes, NOW).verdict
    except regulation.WrongField as error:
        told = error.field or ""
    assert told
