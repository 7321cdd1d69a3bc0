"""Two files become one, and part again exactly as they were."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ligne.contracts.models import Contract
from ligne.customers import reads, services
from ligne.customers.errors import CannotMerge, CannotUnmerge
from ligne.customers.models import Address, Consent, ContactPoint, Customer, Link, Opposition
from ligne.kit.errors import NotFound
from tests.customers.test_files import anne
from tests.world import Company

COUNTS = ("version", "updated_at")


def picture(*customer_ids: int) -> dict[str, Any]:
    """Everything that a merge could move, as it stands."""
    people = list(Customer.objects.filter(pk__in=customer_ids).order_by("pk").values())
    for row in people:
        for name in COUNTS:
            row.pop(name)
    rows: dict[str, Any] = {"people": people}
    for model in (ContactPoint, Address, Consent, Opposition, Contract, Link):
        rows[model.__name__] = list(model._default_manager.order_by("pk").values())
    return rows


def test_merge_moves_everything_and_hides_the_absorbed(bleuet: Company) -> None:
    kept = anne(bleuet, last_name="Lefebvre", birth_date="1984-05-17", emails=[])
    gone = anne(
        bleuet, external_ref="R1", siren="", notes="Préfère le matin", phones=["06 39 98 22 90", "06 39 98 00 02"]
    )
    spouse = anne(bleuet, first_name="Paul", phones=[], emails=[])
    services.link(bleuet.viewer(), customer_id=gone.pk, other_id=spouse.pk, kind="spouse")
    services.link(bleuet.viewer(), customer_id=gone.pk, other_id=kept.pk, kind="sibling")
    services.oppose(bleuet.viewer(), customer_id=gone.pk, channel="voice")
    services.consent(bleuet.viewer(), customer_id=gone.pk, channel="email")
    contact = bleuet.arrival(customer_id=gone.pk)
    record = services.merge(bleuet.viewer(), survivor_id=kept.pk, absorbed_id=gone.pk, take=["last_name"])

    card = reads.card(bleuet.viewer(), kept.pk)
    assert card.display_name == "Mme Anne Lefèvre"
    assert {p.value for p in card.phones} == {"+33639982290", "+33639980002"}
    assert [p.value for p in card.emails] == ["anne.lefevre@exemple.test"]
    assert card.opposed == ["voice"]
    assert card.notes == "Préfère le matin"
    assert [t.customer_id for t in reads.ties(bleuet.viewer(), kept.pk)] == [spouse.pk]
    contact.refresh_from_db()
    assert contact.customer_id == kept.pk
    with pytest.raises(NotFound):
        reads.get(bleuet.viewer(), gone.pk)
    assert reads.survivor(bleuet.viewer(), gone.pk) == kept.pk
    found = reads.identify(bleuet.viewer(), principal_id=bleuet.principal.pk, phone="06 39 98 22 90")
    assert (found.state, found.customer_id) == ("certain", kept.pk)
    by_ref = reads.search(bleuet.viewer(), "R1")
    assert [s.id for s in by_ref] == [kept.pk]

    services.unmerge(bleuet.viewer(), record_id=record.pk)
    contact.refresh_from_db()
    assert contact.customer_id == gone.pk
    assert reads.card(bleuet.viewer(), kept.pk).display_name == "Mme Anne Lefebvre"
    services.unmerge(bleuet.viewer(), record_id=record.pk)  # again: nothing


POINTS = st.lists(st.sampled_from(["06 39 98 00 01", "06 39 98 00 02", "a@exemple.test", "b@exemple.test"]), max_size=3)
SIDE = st.fixed_dictionaries(
    {
        "points": POINTS,
        "retired": st.booleans(),
        "notes": st.sampled_from(["", "Un", "Deux"]),
        "siren": st.sampled_from(["", "732829320"]),
        "fragile": st.booleans(),
        "since": st.sampled_from([None, "2019-01-01", "2020-01-01"]),
        "opposed": st.sets(st.sampled_from(["", "voice", "sms"])),
        "consents": st.sets(st.sampled_from(["voice", "email"])),
        "city": st.sampled_from(["", "Rennes"]),
        "tied": st.booleans(),
    }
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=SIDE, other=SIDE, take=st.sets(st.sampled_from(["last_name", "notes", "siren", "since"])))
def test_merge_then_unmerge_is_as_if_nothing_had_been(
    bleuet: Company, one: dict[str, Any], other: dict[str, Any], take: set[str]
) -> None:
    viewer = bleuet.viewer()
    third = anne(bleuet, phones=[], emails=[])
    ids = [_built(bleuet, side, third.pk) for side in (one, other)]
    before = picture(*ids)
    record = services.merge(viewer, survivor_id=ids[0], absorbed_id=ids[1], take=take)
    services.unmerge(viewer, record_id=record.pk)
    assert picture(*ids) == before


def _built(company: Company, side: dict[str, Any], third_id: int) -> int:
    viewer = company.viewer()
    made = services.create(
        viewer,
        principal_id=company.principal.pk,
        last_name="Martin",
        phones=[p for p in side["points"] if "@" not in p],
        emails=[p for p in side["points"] if "@" in p],
        address={"city": side["city"]},
        **{name: side[name] for name in ("notes", "siren", "fragile", "since")},
    )
    if side["retired"] and (point := ContactPoint.objects.filter(customer=made).first()):
        services.retire_point(viewer, point_id=point.pk)
    for channel in sorted(side["opposed"]):
        services.oppose(viewer, customer_id=made.pk, channel=channel)
    for channel in sorted(side["consents"]):
        services.consent(viewer, customer_id=made.pk, channel=channel)
    if side["tied"]:
        services.link(viewer, customer_id=made.pk, other_id=third_id, kind="sibling")
    return made.pk


def test_what_came_after_the_merge_stays(bleuet: Company) -> None:
    kept, gone = anne(bleuet, emails=[]), anne(bleuet, phones=["06 39 98 00 02"], notes="Ancien")
    record = services.merge(bleuet.viewer(), survivor_id=kept.pk, absorbed_id=gone.pk)
    services.add_point(bleuet.viewer(), customer_id=kept.pk, kind="phone", value="06 39 98 00 03")
    moved = ContactPoint.objects.get(value="+33639980002")
    services.prefer_point(bleuet.viewer(), point_id=moved.pk)
    services.update(bleuet.viewer(), customer_id=kept.pk, notes="Nouveau")
    services.unmerge(bleuet.viewer(), record_id=record.pk)
    mine = reads.card(bleuet.viewer(), kept.pk)
    assert {p.value for p in mine.phones} == {"+33639982290", "+33639980003"}
    assert sum(p.primary for p in mine.phones) == 1
    assert mine.notes == "Nouveau"
    theirs = reads.card(bleuet.viewer(), gone.pk)
    assert [(p.value, p.primary) for p in theirs.phones] == [("+33639980002", True)]


def test_merges_that_cannot_be(bleuet: Company, garance: Company) -> None:
    one, two, three = (anne(bleuet, phones=[], emails=[]) for _ in range(3))
    with pytest.raises(CannotMerge):
        services.merge(bleuet.viewer(), survivor_id=one.pk, absorbed_id=one.pk)
    first = services.merge(bleuet.viewer(), survivor_id=two.pk, absorbed_id=one.pk)
    with pytest.raises(NotFound):
        services.merge(bleuet.viewer(), survivor_id=three.pk, absorbed_id=one.pk)
    services.merge(bleuet.viewer(), survivor_id=three.pk, absorbed_id=two.pk)
    assert reads.survivor(bleuet.viewer(), one.pk) == three.pk
    with pytest.raises(CannotUnmerge):
        services.unmerge(bleuet.viewer(), record_id=first.pk)
    with pytest.raises(NotFound):
        services.unmerge(garance.viewer(), record_id=first.pk)
    one.refresh_from_db()
    assert one.merged_into_id == two.pk


def test_duplicates_are_proposed_until_told_apart(bleuet: Company, garance: Company) -> None:
    one = anne(bleuet)
    other = anne(bleuet, last_name="Lefebvre", emails=[])
    anne(garance)
    found = reads.propose_duplicates(bleuet.viewer(), one.pk)
    assert [c.customer_id for c in found] == [other.pk]
    assert found[0].score >= 70
    assert "même téléphone" in found[0].reasons
    services.tell_apart(bleuet.viewer(), one_id=other.pk, other_id=one.pk)
    assert reads.propose_duplicates(bleuet.viewer(), one.pk) == []
