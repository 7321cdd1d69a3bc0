"""What may stand in a file: facts, numbers of businesses, ties, agreements, what was typed, columns."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ligne.customers.demo.people import Inventor, siret
from ligne.customers.rules import business, columns, consents, facts, links, names, typed
from ligne.kit.errors import Invalid

TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_siren_and_siret() -> None:
    assert business.siren("732 829 320") == "732829320"
    assert business.siret("732 829 320 00074") == "73282932000074"


@pytest.mark.parametrize(
    ("check", "text", "words"),
    [
        (business.siren, "73282932", "9 digits"),
        (business.siren, "732829321", "check digit"),
        (business.siret, "7328293200007", "14 digits"),
        (business.siret, "73282932000075", "check digit"),
    ],
)
def test_wrong_numbers_say_why(check: Any, text: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        check(text)


def test_a_siret_brings_its_siren() -> None:
    assert facts.clean({"siret": "73282932000074"}, TODAY)["siren"] == "732829320"
    with pytest.raises(Invalid, match="another SIREN"):
        facts.clean({"siret": "73282932000074", "siren": "552100554"}, TODAY)


def test_clean_keeps_only_what_is_given() -> None:
    cleaned = facts.clean({"last_name": "  Lefe\u0300vre ", "civility": "madame", "birth_date": "17/05/1984"}, TODAY)
    assert cleaned == {"last_name": "Lefèvre", "civility": "Mme", "birth_date": date(1984, 5, 17)}
    assert facts.clean({}, TODAY) == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"birth_date": "31/02/2000"},
        {"birth_date": "2030-01-01"},
        {"zone": "Europe/Rennes"},
        {"kind": "robot"},
        {"status": "?"},
        {"csp": "99"},
        {"language": "français"},
        {"last_name": "x" * 101},
        {"colour": "blue"},
    ],
)
def test_what_does_not_fit_is_named(wrong: dict[str, str]) -> None:
    with pytest.raises(Invalid) as caught:
        facts.clean(wrong, TODAY)
    assert caught.value.field == next(iter(wrong))


@pytest.mark.parametrize("address", ["anne", "anne@", "@exemple.test", "a b@exemple.test", "anne@exemple", "<a@b.fr>"])
def test_not_an_email(address: str) -> None:
    with pytest.raises(Invalid):
        facts.email(address)


def test_address_needs_something_and_a_french_postcode_has_five_digits() -> None:
    assert facts.address({"city": "Rennes", "country": "France"})["country"] == "FR"
    assert facts.address({"city": "Liège", "postcode": "4000", "country": "BE"})["postcode"] == "4000"
    with pytest.raises(Invalid):
        facts.address({"country": "FR"})
    with pytest.raises(Invalid):
        facts.address({"city": "Rennes", "postcode": "350"})


@given(st.sampled_from(sorted(links.KINDS)), st.integers(1, 9), st.integers(1, 9))
def test_a_tie_is_the_same_told_from_either_end(kind: str, one: int, other: int) -> None:
    if one == other:
        with pytest.raises(Invalid):
            links.canonical(kind, one, other)
        return
    stored = links.canonical(kind, one, other)
    assert stored == links.canonical(links.KINDS[kind].inverse, other, one)
    assert stored[0] in links.STORED
    # seen from `other`, `one` is what was said
    assert links.seen_from(stored[0], stored[1], other).key == kind


def test_phone_consent_lasts_a_year_at_most() -> None:
    given_at = datetime(2026, 8, 20, 9, tzinfo=UTC)
    assert consents.expiry("voice", "prospecting", given_at, None) == datetime(2027, 8, 20, 9, tzinfo=UTC)
    longer = given_at + timedelta(days=900)
    assert consents.expiry("voice", "prospecting", given_at, longer) == datetime(2027, 8, 20, 9, tzinfo=UTC)
    assert consents.expiry("email", "prospecting", given_at, None) is None
    assert consents.one_year_after(datetime(2028, 2, 29, tzinfo=UTC)) == datetime(2029, 2, 28, tzinfo=UTC)
    with pytest.raises(Invalid):
        consents.expiry("email", "survey", given_at, given_at)


def test_consent_states() -> None:
    assert consents.state(None, None, NOON) == "given"
    assert consents.state(NOON, None, NOON) == "expired"
    assert consents.state(NOON, NOON, NOON) == "withdrawn"
    assert not consents.proven(4, "oui", "")
    assert consents.proven(5, "oui", "")


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("06 39 98 22 90", ["phone", "reference"]),
        ("+33 6 39 98 22 90", ["phone", "reference"]),
        ("9822 90", ["phone_end", "reference"]),
        ("732829320", ["siren", "phone_end", "reference"]),
        ("73282932000074", ["siret", "reference"]),
        ("anne@ex", ["email"]),
        ("n° 12", ["id"]),
        ("#12", ["id"]),
        ("GAR-00012", ["reference", "name"]),
        ("CB 000 012", ["reference", "name"]),
        ("0639", ["phone_end", "phone_start", "reference"]),
        ("Lefèvre Anne 06 39 98 22 90", ["phone", "name"]),
        ("anne@exemple.test Lefèvre", ["email", "name"]),
        ("dupont 69003", ["name"]),
        ("Lefèvre Anne", ["name"]),
        ("  ", []),
        ("…", []),
    ],
)
def test_what_was_typed(text: str, kinds: list[str]) -> None:
    assert [m.kind for m in typed.understand(text)] == kinds


def test_a_postcode_beside_a_name() -> None:
    for text, postcode in (("dupont 69003", "69003"), ("69 jean dupont", "69"), ("dupont 7", "")):
        name = typed.understand(text)[-1]
        assert (name.kind, name.postcode) == ("name", postcode)


@given(st.text())
def test_anything_may_be_typed(text: str) -> None:
    for meaning in typed.understand(text):
        assert meaning.value


def test_headers_in_both_languages() -> None:
    assert columns.known(["Prénom", "LAST NAME", "e-mail", "Téléphone", "Bidule", "nom"]) == {
        0: "first_name",
        1: "last_name",
        2: "email",
        3: "phone",
    }


def test_every_column_knows_itself() -> None:
    for column in columns.COLUMNS:
        assert columns.known([column.fr]) == {0: column.key}
        assert columns.known([column.en]) == {0: column.key}


def test_a_line_is_understood() -> None:
    line = columns.understand(
        {
            "company_name": "Boulangerie Coline",
            "phone": "639982290",
            "postcode": "1000",
            "city": "Bourg-en-Bresse",
            "opposed": "téléphone, SMS",
            "consent_email": "01/09/2026",
            "since": "2020-10-12",
        },
        TODAY,
    )
    assert line is not None
    assert line.facts["kind"] == "business"
    assert line.phones == ["+33639982290"]
    assert line.address is not None
    assert line.address["postcode"] == "01000"
    assert line.opposed == ["sms", "voice"]
    assert line.consents == {"email": date(2026, 9, 1)}
    assert line.name == ("BOULANGERIE COLINE", "")


def test_an_empty_line_is_nothing_and_an_anonymous_one_refused() -> None:
    assert columns.understand({"last_name": "  ", "phone": ""}, TODAY) is None
    with pytest.raises(Invalid, match="names a customer"):
        columns.understand({"city": "Rennes"}, TODAY)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"last_name": "A", "phone2": "12"}, "phone2"),
        ({"last_name": "A", "email": "a@"}, "email"),
        ({"last_name": "A", "birth_date": "hier"}, "birth_date"),
        ({"last_name": "A", "siren": "1"}, "siren"),
        ({"last_name": "A", "opposed": "pigeon"}, "opposed"),
        ({"last_name": "A", "consent_voice": "2030-01-01"}, "consent_voice"),
        ({"id": "douze"}, "id"),
    ],
)
def test_a_refused_line_names_its_column(cells: dict[str, str], column: str) -> None:
    with pytest.raises(Invalid) as caught:
        columns.understand(cells, TODAY)
    assert caught.value.field == column


@pytest.mark.parametrize("text", ["=1+1", "+33 1", "-2", "@here", "\tx", "plain"])
def test_a_spreadsheet_never_sees_a_formula(text: str) -> None:
    kept = columns.protected(text)
    assert kept[:1] not in ("=", "+", "-", "@", "\t")
    line = columns.understand({"last_name": kept}, TODAY)
    assert line is not None
    assert line.facts["last_name"] == names.tidy(text)


def test_invented_people_are_fictitious_and_valid() -> None:
    import random

    inventor = Inventor(random.Random(7))
    people = [inventor.person(TODAY) for _ in range(300)]
    reserved = ("063998", "019900", "026191", "035301", "046571", "053649")
    numbers = [n for p in people for n in (p.mobile, p.landline) if n]
    addresses = [p.email for p in people if p.email]
    assert len(numbers) > 200
    assert len(addresses) > 100
    assert [n for n in numbers if not n.startswith(reserved)] == []
    assert [a for a in addresses if not a.endswith("@exemple.test")] == []
    assert len({p.mobile for p in people if p.mobile}) == sum(bool(p.mobile) for p in people)
    number = inventor.siren()
    assert business.siren(number) == number
    assert business.siret(siret(number)) == siret(number)
    again = Inventor(random.Random(7))
    assert [again.person(TODAY) for _ in range(300)] == people
