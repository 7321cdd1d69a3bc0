"""What is found and shown: by any handle, in few queries, never across companies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ligne.customers import ports, reads, services
from ligne.customers.models import ContactPoint
from ligne.customers.ports import TimelineEntry
from ligne.kit import clock
from ligne.kit.errors import Invalid, NotFound
from ligne.kit.viewer import Viewer
from tests.customers.test_files import anne
from tests.world import Company


@pytest.mark.parametrize(
    "typed",
    [
        "06 39 98 22 90",
        "+33639982290",
        "982290",
        "22 90",
        "anne.lefevre@exemple.test",
        "ANNE.LEF@",
        "lefevre",
        "Lefevre Anne",
        "anne lefèvre",
        "Mme Lefèvre",
        "lefebvre anne",
        "lefe",
        "GAR-12",
    ],
)
def test_found_by_any_handle(bleuet: Company, garance: Company, typed: str) -> None:
    made = anne(bleuet, external_ref="GAR-12")
    anne(bleuet, first_name="Paul", last_name="Durand", phones=["01 99 00 11 11"], emails=[])
    found = reads.search(bleuet.viewer(), typed)
    if typed == "ANNE.LEF@":  # not the beginning of any address
        assert found == []
        return
    assert [s.id for s in found][:1] == [made.pk]
    assert found[0].why
    assert reads.search(garance.viewer(), typed) == []


def test_businesses_by_any_word_and_by_number(bleuet: Company) -> None:
    made = services.create(
        bleuet.viewer(), principal_id=bleuet.principal.pk, kind="business", company_name="Boulangerie Coline",
        siret="73282932000074",
    )  # fmt: skip
    for typed in ("coline", "boulangerie col", "boulangerie", "732 829 320", "732 829 320 00074", f"n° {made.pk}"):
        assert [s.id for s in reads.search(bleuet.viewer(), typed)] == [made.pk], typed


def test_the_better_name_comes_first(bleuet: Company) -> None:
    anne(bleuet, last_name="Lefebvre", phones=[], emails=[])
    paul = anne(bleuet, first_name="Paul", phones=[], emails=[])
    exact = anne(bleuet, phones=[], emails=[])
    found = reads.search(bleuet.viewer(), "anne lefevre")
    assert found[0].id == exact.pk
    assert paul.pk in [s.id for s in found]


@pytest.mark.parametrize(
    "typed",
    ["lefevr ane", "lefebre", "anne lefaivre", "lefevre ann", "lfeevre anne", "LEFÈVRRE", "anne lefevre 35",
     "lefevre rennes", "rennes anne lefebvre", "lefevre 35000", "anne lefèvre 0639982290"],
)  # fmt: skip
def test_misspelt_and_with_a_place(bleuet: Company, garance: Company, typed: str) -> None:
    made = anne(bleuet, address={"postcode": "35000", "city": "Rennes"})
    anne(bleuet, phones=["01 99 00 11 12"], emails=[], address={"postcode": "29200", "city": "Brest"})
    assert reads.search(bleuet.viewer(), typed)[0].id == made.pk or typed in (
        "lefevr ane", "lefebre", "anne lefaivre", "lefevre ann", "lfeevre anne", "LEFÈVRRE",
    )  # fmt: skip
    assert made.pk in [s.id for s in reads.search(bleuet.viewer(), typed)]
    assert reads.search(garance.viewer(), typed) == []


def test_what_was_understood_is_said(bleuet: Company) -> None:
    anne(bleuet)
    found = reads.look(bleuet.viewer(), "0639982290")
    assert found.understood == ["téléphone 06 39 98 22 90"]
    assert found.items[0].why == "téléphone"
    assert reads.look(bleuet.viewer(), "lefevr").items[0].why == "nom proche"
    assert reads.look(bleuet.viewer(), "0639").items[0].why == "début de numéro"


def test_a_name_moves_with_its_address(bleuet: Company) -> None:
    made = anne(bleuet, address={"postcode": "35000", "city": "Rennes"})
    services.add_address(bleuet.viewer(), customer_id=made.pk, postcode="29200", city="Brest")
    assert [s.why for s in reads.search(bleuet.viewer(), "lefevre brest")] == ["nom et ville"]
    assert [s.why for s in reads.search(bleuet.viewer(), "lefevre 35")] == ["nom"]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40))
def test_any_text_may_be_searched_and_identified(bleuet: Company, text: str) -> None:
    assert reads.search(bleuet.viewer(), text) == []
    found = reads.identify(
        bleuet.system, principal_id=bleuet.principal.pk, phone=text, email=text, name=text, reference=text
    )
    assert (found.state, found.customer_id, found.candidates) == ("unknown", None, [])


def test_identify(bleuet: Company) -> None:
    made = anne(bleuet, external_ref="R1")
    pid = bleuet.principal.pk
    certain = reads.identify(bleuet.system, principal_id=pid, email="Anne.Lefevre@EXEMPLE.test", name="Anne L.")
    assert (certain.state, certain.customer_id) == ("certain", made.pk)
    assert "même courriel" in certain.candidates[0].reasons
    by_name = reads.identify(bleuet.system, principal_id=pid, name="Mme Anne Lefèbvre")
    assert (by_name.state, by_name.customer_id) == ("candidates", None)
    by_ref = reads.identify(bleuet.system, principal_id=pid, reference="R1")
    assert (by_ref.state, by_ref.candidates[0].reasons[0]) == ("candidates", "même référence")
    assert reads.identify(bleuet.system, principal_id=pid, phone="06 39 98 99 99").state == "unknown"
    assert reads.identify(bleuet.system, principal_id=pid).state == "unknown"


def test_a_household_phone_is_candidates_and_a_former_one_too(bleuet: Company) -> None:
    one = anne(bleuet)
    anne(bleuet, first_name="Paul", emails=[])
    shared = reads.identify(bleuet.system, principal_id=bleuet.principal.pk, phone="0639982290")
    assert (shared.state, len(shared.candidates)) == ("candidates", 2)
    point = ContactPoint.objects.get(customer=one, kind="email")
    services.retire_point(bleuet.viewer(), point_id=point.pk)
    former = reads.identify(bleuet.system, principal_id=bleuet.principal.pk, email=point.value)
    assert former.state == "candidates"
    assert former.candidates[0].reasons == ["un ancien téléphone ou courriel"]


def test_identify_keeps_to_one_company(bleuet: Company, garance: Company) -> None:
    anne(garance)
    both = Viewer.system(bleuet.principal.pk, garance.principal.pk)
    assert reads.identify(both, principal_id=bleuet.principal.pk, phone="0639982290").state == "unknown"
    with pytest.raises(NotFound):
        reads.identify(bleuet.system, principal_id=garance.principal.pk, phone="0639982290")


def test_every_read_is_blind_to_the_other_company(bleuet: Company, garance: Company) -> None:
    theirs = anne(garance)
    anne(garance, first_name="Paul", phones=[], emails=[])
    viewer = bleuet.viewer("administrator")
    for read in (
        lambda: reads.get(viewer, theirs.pk),
        lambda: reads.card(viewer, theirs.pk),
        lambda: reads.timeline(viewer, theirs.pk),
        lambda: reads.survivor(viewer, theirs.pk),
        lambda: reads.law_facts(viewer, theirs.pk),
        lambda: reads.propose_duplicates(viewer, theirs.pk),
    ):
        with pytest.raises(NotFound):
            read()
    for empty in (
        reads.search(viewer, "lefevre"),
        reads.page(viewer).items,
        reads.page(viewer, principal_id=garance.principal.pk).items,
        reads.find(viewer, phone="0639982290").items,
        reads.find(viewer, email="anne.lefevre@exemple.test").items,
        reads.summaries(viewer, [theirs.pk]),
        reads.consents(viewer, theirs.pk),
        reads.oppositions(viewer, theirs.pk),
        reads.ties(viewer, theirs.pk),
        reads.merges(viewer, theirs.pk),
        reads.jobs(viewer),
    ):
        assert empty == []
    assert reads.export_count(viewer, garance.principal.pk) == 0


def test_a_masked_card_holds_nothing_sensitive(bleuet: Company) -> None:
    made = anne(
        bleuet, birth_date="1984-05-17", notes="secret", siren="732829320",
        address={"line1": "12 rue de Bretagne", "city": "Rennes"},
    )  # fmt: skip
    card = reads.card(bleuet.viewer(), made.pk, masked=True)
    assert (card.birth_date, card.siren, card.notes, card.addresses, card.former_points) == (None, "", "", [], [])
    assert card.display_name == "Mme Anne Lefèvre"
    assert card.city == "Rennes"
    assert [p.value for p in card.phones + card.emails] == ["•••• 90", "a••••@exemple.test"]


def test_masked_beside_an_exchange_until_identity_is_proven(bleuet: Company) -> None:
    made, other = anne(bleuet), anne(bleuet, phones=[], emails=[])
    contact = bleuet.in_hand(customer_id=made.pk)
    viewer = bleuet.viewer()
    assert not reads.must_mask(viewer, made.pk, None)
    assert reads.must_mask(viewer, made.pk, contact.pk)
    from ligne.contacts import services as contacts

    contacts.prove_identity(viewer, contact_id=contact.pk, outcome="failed")
    assert reads.must_mask(viewer, made.pk, contact.pk)
    contacts.prove_identity(viewer, contact_id=contact.pk, outcome="proven")
    assert not reads.must_mask(viewer, made.pk, contact.pk)
    assert reads.must_mask(viewer, other.pk, contact.pk)


def test_pages_go_on_where_they_stopped(bleuet: Company) -> None:
    for number in range(7):
        anne(bleuet, last_name=f"Nom {number % 3}", first_name=f"P{number}", phones=[], emails=[])
    seen: list[int] = []
    after = ""
    while True:
        found = reads.page(bleuet.viewer(), after=after, limit=2)
        seen += [s.id for s in found.items]
        if not found.next:
            break
        after = found.next
    everyone = [s.id for s in reads.page(bleuet.viewer(), limit=50).items]
    assert seen == everyone
    assert len(set(seen)) == 7
    names = [s.display_name for s in reads.page(bleuet.viewer(), name="nom 1").items]
    assert names == ["Mme P1 Nom 1", "Mme P4 Nom 1"]


@pytest.mark.parametrize("after", ["x", "W10", "bnVsbA", "é", "W1sxXSwyLDNd"])
def test_a_page_that_does_not_exist(bleuet: Company, after: str) -> None:
    with pytest.raises(Invalid):
        reads.page(bleuet.viewer(), after=after)


def test_find_for_programs(bleuet: Company) -> None:
    made = anne(bleuet)
    anne(bleuet, first_name="Paul", emails=[])
    assert len(reads.find(bleuet.viewer(), phone="06 39 98 22 90").items) == 2
    one = reads.find(bleuet.viewer(), phone="0639982290", email="ANNE.lefevre@exemple.test").items
    assert [(s.id, s.phones, s.emails) for s in one] == [(made.pk, ["+33639982290"], ["anne.lefevre@exemple.test"])]
    with pytest.raises(Invalid):
        reads.find(bleuet.viewer(), phone="12")
    nothing_typed = reads.find(bleuet.viewer(), email="  ", limit=1)
    assert nothing_typed.next  # the first page of everybody, not everybody


def test_timeline_joins_its_sources(bleuet: Company) -> None:
    made = anne(bleuet)
    start = datetime(2026, 11, 1, tzinfo=UTC)

    def source(viewer: Viewer, customer_id: int, before: datetime | None, limit: int) -> list[TimelineEntry]:
        made_of = [TimelineEntry(start + timedelta(days=n), "note", f"n{n}") for n in range(9, -1, -1)]
        return [e for e in made_of if before is None or e.at < before][:limit]

    ports.timeline_sources.register("test", source)
    try:
        with clock.at(datetime(2026, 11, 23, tzinfo=UTC)):
            bleuet.arrival(customer_id=made.pk)
        first = reads.timeline(bleuet.viewer(), made.pk, limit=4)
        assert len(first) == 4
        assert first[0].title.endswith("Facture")
        rest = reads.timeline(bleuet.viewer(), made.pk, before=first[-1].at, limit=50)
        assert [e.title for e in rest] == [f"n{n}" for n in range(6, -1, -1)]
    finally:
        ports.timeline_sources.remove("test")


def test_constant_queries(bleuet: Company, django_assert_max_num_queries: object) -> None:
    many = [anne(bleuet, phones=[f"06 39 98 00 {n:02d}"], emails=[f"a{n}@exemple.test"]) for n in range(12)]
    viewer = bleuet.viewer()
    limit = django_assert_max_num_queries
    with limit(5):  # type: ignore[operator]
        reads.card(viewer, many[0].pk)
    with limit(4):  # type: ignore[operator]
        assert len(reads.page(viewer).items) == 12
    with limit(6):  # type: ignore[operator]
        assert len(reads.search(viewer, "lefevre anne", 12)) == 12
    with limit(8):  # type: ignore[operator]
        assert reads.identify(viewer, principal_id=bleuet.principal.pk, phone="0639980000", name="Anne").candidates
    with limit(14):  # type: ignore[operator]
        reads.propose_duplicates(viewer, many[0].pk)
