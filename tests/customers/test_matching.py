"""The score and its reasons; who is certain, proposed, unknown."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from ligne.customers.rules import identification, matching

PHONES = ["+33639980001", "+33639980002", "+33199000001"]
EMAILS = ["a@exemple.test", "b@exemple.test"]
FACTS = st.builds(
    matching.Facts,
    surname=st.sampled_from(["", "LEFEVRE", "LEFEBVRE", "MARTIN"]),
    first_name=st.sampled_from(["", "ANNE", "PAUL", "A"]),
    company=st.sampled_from(["", "BOULANGERIE COLINE", "BOULANGERIE COLLINE"]),
    siren=st.sampled_from(["", "732829320", "552100554"]),
    birth_date=st.sampled_from([None, date(1984, 5, 17), date(1990, 1, 1)]),
    phones=st.frozensets(st.sampled_from(PHONES)),
    emails=st.frozensets(st.sampled_from(EMAILS)),
    former=st.frozensets(st.sampled_from(PHONES)),
    postcode=st.sampled_from(["", "35000", "75011"]),
    street=st.sampled_from(["", "12 RUE DE BRETAGNE", "12 R DE BRETAGNE"]),
)


@given(FACTS, FACTS)
def test_score_is_symmetric_bounded_and_explained(left: matching.Facts, right: matching.Facts) -> None:
    score = matching.compare(left, right)
    assert score == matching.compare(right, left)
    assert 0 <= score.value <= 100
    assert bool(score.reasons) or score.value == 0
    assert score.value == max(0, min(100, sum(r.weight for r in score.reasons)))


@given(FACTS)
def test_nothing_known_of_one_says_nothing(facts: matching.Facts) -> None:
    assert matching.compare(facts, matching.Facts()) == matching.Score(0, ())


def test_same_phone_and_name_are_probably_one() -> None:
    anne = matching.Facts(surname="LEFEVRE", first_name="ANNE", phones=frozenset(PHONES[:1]))
    again = matching.Facts(surname="LEFEBVRE", first_name="ANNE", phones=frozenset(PHONES[:1]))
    score = matching.compare(anne, again)
    assert score.value >= matching.PROBABLE
    assert score.codes == {"phone", "surname_alike", "first_name"}


def test_a_household_is_not_one_person() -> None:
    anne = matching.Facts(surname="LEFEVRE", first_name="ANNE", phones=frozenset(PHONES[:1]), postcode="35000")
    paul = matching.Facts(surname="LEFEVRE", first_name="PAUL", phones=frozenset(PHONES[:1]), postcode="35000")
    assert matching.compare(anne, paul).value < matching.POSSIBLE
    assert "first_name_differs" in matching.compare(anne, paul).codes


def test_another_birth_date_speaks_against() -> None:
    one = matching.Facts(surname="MARTIN", first_name="PAUL", birth_date=date(1984, 5, 17))
    other = matching.Facts(surname="MARTIN", first_name="PAUL", birth_date=date(1990, 1, 1))
    assert matching.compare(one, other).value == 0


def test_names_the_other_way_round() -> None:
    one = matching.Facts(surname="MARTIN", first_name="PAUL")
    assert matching.compare(one, matching.Facts(surname="PAUL", first_name="MARTIN")).codes == {"swapped"}


def test_one_holder_is_certain() -> None:
    assert identification.decide({"phone": [3]}, [4, 5]) == identification.Decision("certain", 3, frozenset({3}))


def test_phone_of_a_household_with_the_email_of_one_is_certain() -> None:
    assert identification.decide({"phone": [3, 4], "email": [4]}, []).customer_id == 4


def test_two_facts_of_two_people_are_candidates() -> None:
    decision = identification.decide({"phone": [3], "email": [4]}, [])
    assert (decision.state, decision.customer_id, decision.candidates) == ("candidates", None, {3, 4})


def test_shared_phone_is_candidates() -> None:
    assert identification.decide({"phone": [3, 4], "email": []}, [9]).candidates == {3, 4}


def test_a_name_alone_is_never_certain() -> None:
    assert identification.decide({"phone": [], "email": []}, [3]).state == "candidates"


def test_nobody_is_unknown() -> None:
    assert identification.decide({}, []).state == "unknown"


@given(st.dictionaries(st.sampled_from(["phone", "email"]), st.sets(st.integers(1, 5))), st.sets(st.integers(1, 9)))
def test_certain_only_for_one_that_every_held_fact_names(exact: dict[str, set[int]], alike: set[int]) -> None:
    decision = identification.decide(exact, alike)
    held = [ids for ids in exact.values() if ids]
    if decision.state == "certain":
        assert held
        assert all(decision.customer_id in ids for ids in held)
    else:
        assert decision.customer_id is None
