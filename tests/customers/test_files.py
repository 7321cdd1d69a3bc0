"""Opening and changing files: points, addresses, ties, agreements, oppositions; every refusal changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ligne.customers import reads, services
from ligne.customers.errors import ReferenceTaken, StaleFile
from ligne.customers.models import Address, Consent, ContactPoint, Customer, Link, Opposition, Surname
from ligne.journal import reads as journal
from ligne.kit import clock
from ligne.kit.errors import Forbidden, Invalid, NotFound
from tests.world import Company


def anne(company: Company, **facts: object) -> Customer:
    given = {
        "civility": "Mme",
        "first_name": "Anne",
        "last_name": "Lefèvre",
        "phones": ["06 39 98 22 90"],
        "emails": ["anne.lefevre@exemple.test"],
    }
    return services.create(company.viewer(), principal_id=company.principal.pk, **{**given, **facts})  # type: ignore[arg-type]


def kinds_of(company: Company, customer_id: int) -> list[str]:
    return [e.kind for e in journal.entries(company.viewer("administrator"), customer_id=customer_id)]


def test_create_writes_the_file_its_points_and_its_trace(bleuet: Company) -> None:
    made = anne(bleuet, address={"line1": "12 rue de Bretagne", "postcode": "35000", "city": "Rennes"})
    card = reads.card(bleuet.viewer(), made.pk)
    assert card.display_name == "Mme Anne Lefèvre"
    assert [p.value for p in card.phones] == ["+33639982290"]
    assert card.phones[0].primary
    assert card.phones[0].label == "mobile"
    assert card.city == "Rennes"
    assert Surname.objects.filter(key="LEFEVRE").exists()
    assert made.surname_key == "LEFEVRE"
    assert set(kinds_of(bleuet, made.pk)) == {"customer.created", "customer.point_added", "customer.address_added"}


def test_a_customer_without_a_name(bleuet: Company) -> None:
    made = services.create(bleuet.viewer(), principal_id=bleuet.principal.pk)
    assert made.display_name == f"n° {made.pk}"
    assert reads.card(bleuet.viewer(), made.pk).display_name == f"n° {made.pk}"


def test_create_refuses_and_keeps_nothing(bleuet: Company, garance: Company) -> None:
    for wrong in ({"phones": ["12"]}, {"emails": ["x"]}, {"siren": "1"}, {"address": {"postcode": "35"}}):
        with pytest.raises(Invalid):
            anne(bleuet, **wrong)
    with pytest.raises(NotFound):
        services.create(bleuet.viewer(), principal_id=garance.principal.pk, last_name="X")
    with pytest.raises(Forbidden):
        services.create(bleuet.viewer("quality"), principal_id=bleuet.principal.pk, last_name="X")
    assert not Customer.objects.exists()
    assert not ContactPoint.objects.exists()


def test_a_reference_is_one_customers(bleuet: Company, garance: Company) -> None:
    first = anne(bleuet, external_ref="R1")
    anne(garance, external_ref="R1")
    with pytest.raises(ReferenceTaken) as caught:
        anne(bleuet, external_ref="R1")
    assert caught.value.holder_id == first.pk
    other = anne(bleuet, external_ref="R2")
    with pytest.raises(ReferenceTaken):
        services.update(bleuet.viewer(), customer_id=other.pk, external_ref="R1", first_name="Zoé")
    other.refresh_from_db()
    assert (other.external_ref, other.first_name) == ("R2", "Anne")


def test_a_stale_form_overwrites_nothing(bleuet: Company) -> None:
    made = anne(bleuet)
    version = made.version
    services.update(bleuet.viewer(), customer_id=made.pk, version=version, last_name="Lefebvre")
    with pytest.raises(StaleFile) as caught:
        services.update(bleuet.viewer("colleague"), customer_id=made.pk, version=version, last_name="Martin")
    made.refresh_from_db()
    assert (made.last_name, caught.value.present) == ("Lefebvre", made.version)
    assert made.version == version + 1


def test_update_of_nothing_counts_no_version(bleuet: Company) -> None:
    made = anne(bleuet)
    services.update(bleuet.viewer(), customer_id=made.pk, version=made.version, last_name="Lefèvre")
    assert Customer.objects.get(pk=made.pk).version == made.version


def test_the_same_point_twice_is_one(bleuet: Company) -> None:
    made = anne(bleuet)
    again = services.add_point(bleuet.viewer(), customer_id=made.pk, kind="email", value="ANNE.LEFEVRE@exemple.test")
    assert again.value == "anne.lefevre@exemple.test"
    assert ContactPoint.objects.count() == 2


def test_a_retired_main_point_leaves_its_rank(bleuet: Company) -> None:
    made = anne(bleuet, phones=["06 39 98 00 01", "06 39 98 00 02"])
    first, second = ContactPoint.objects.filter(kind="phone").order_by("pk")
    services.retire_point(bleuet.viewer(), point_id=first.pk)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.primary, second.primary) == (False, True)
    assert first.valid_to is not None
    assert [p.pk for p in reads.card(bleuet.viewer(), made.pk).former_points] == [first.pk]
    services.retire_point(bleuet.viewer(), point_id=first.pk)
    with pytest.raises(NotFound):
        services.prefer_point(bleuet.viewer(), point_id=first.pk)


def test_prefer_and_verify(bleuet: Company) -> None:
    anne(bleuet, phones=["06 39 98 00 01", "06 39 98 00 02"])
    first, second = ContactPoint.objects.filter(kind="phone").order_by("pk")
    services.prefer_point(bleuet.viewer(), point_id=second.pk)
    services.verify_point(bleuet.viewer(), point_id=second.pk)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.primary, second.primary) == (False, True)
    assert second.verified_at


def test_a_new_address_retires_the_former_one_of_its_use(bleuet: Company) -> None:
    made = anne(bleuet)
    for city in ("Rennes", "Rennes", "Nantes"):
        services.add_address(bleuet.viewer(), customer_id=made.pk, city=city)
    services.add_address(bleuet.viewer(), customer_id=made.pk, city="Brest", label="billing")
    assert [str(a) for a in reads.card(bleuet.viewer(), made.pk).addresses] == ["Nantes", "Brest"]
    assert Address.objects.count() == 3
    kept = Address.objects.get(city="Brest")
    services.retire_address(bleuet.viewer(), address_id=kept.pk)
    assert reads.card(bleuet.viewer(), made.pk).city == "Nantes"


def test_ties_read_from_both_ends(bleuet: Company, garance: Company) -> None:
    mother, child = anne(bleuet), anne(bleuet, first_name="Léa", phones=[], emails=[])
    tie = services.link(bleuet.viewer(), customer_id=child.pk, other_id=mother.pk, kind="child")
    assert services.link(bleuet.viewer(), customer_id=mother.pk, other_id=child.pk, kind="parent").pk == tie.pk
    assert [(t.customer_id, t.label) for t in reads.ties(bleuet.viewer(), mother.pk)] == [(child.pk, "Enfant")]
    assert [(t.customer_id, t.label) for t in reads.ties(bleuet.viewer(), child.pk)] == [(mother.pk, "Parent")]
    assert reads.ties(garance.viewer(), child.pk) == []
    services.unlink(bleuet.viewer(), link_id=tie.pk)
    assert reads.ties(bleuet.viewer(), mother.pk) == []


def test_no_tie_across_companies(bleuet: Company, garance: Company) -> None:
    with pytest.raises(NotFound):
        services.link(bleuet.viewer(), customer_id=anne(bleuet).pk, other_id=anne(garance).pk, kind="spouse")
    assert not Link.objects.exists()


def test_consent_and_its_withdrawal_in_one_act(bleuet: Company) -> None:
    made = anne(bleuet)
    for channel in ("voice", "email", "sms"):
        services.consent(bleuet.viewer(), customer_id=made.pk, channel=channel, items=5, proof="Oui")
    voice = Consent.objects.get(channel="voice")
    assert voice.expires_at is not None
    assert voice.expires_at - voice.given_at in {timedelta(days=365), timedelta(days=366)}  # a year, leap or not
    assert len(services.withdraw(bleuet.viewer(), customer_id=made.pk)) == 3
    assert services.withdraw(bleuet.viewer(), customer_id=made.pk) == []
    assert {c["state"] for c in reads.consents(bleuet.viewer(), made.pk)} == {"withdrawn"}
    assert kinds_of(bleuet, made.pk).count("customer.consent_withdrawn") == 1


def test_consent_refusals(bleuet: Company) -> None:
    made = anne(bleuet)
    wrong: list[dict[str, object]] = [
        {"channel": "pigeon"},
        {"channel": "voice", "purpose": "?"},
        {"channel": "voice", "source": "?"},
        {"channel": "voice", "items": 6},
        {"channel": "voice", "given_at": clock.now() + timedelta(days=1)},
    ]
    for facts in wrong:
        with pytest.raises(Invalid):
            services.consent(bleuet.viewer(), customer_id=made.pk, **facts)  # type: ignore[arg-type]
    assert not Consent.objects.exists()


def test_opposition_counts_once_and_can_be_lifted(bleuet: Company) -> None:
    made = anne(bleuet)
    first = services.oppose(bleuet.viewer(), customer_id=made.pk)
    assert services.oppose(bleuet.viewer(), customer_id=made.pk).pk == first.pk
    assert reads.law_facts(bleuet.viewer(), made.pk)["customer"]["opposed"] == [
        "chat",
        "email",
        "letter",
        "sms",
        "voice",
    ]
    assert [a.tone for a in reads.card(bleuet.viewer(), made.pk).alerts] == ["bad"]
    services.lift(bleuet.viewer(), customer_id=made.pk)
    assert reads.law_facts(bleuet.viewer(), made.pk)["customer"]["opposed"] == []
    services.oppose(bleuet.viewer(), customer_id=made.pk, channel="sms")
    assert Opposition.objects.count() == 2


def test_unmask_asks_why_and_tells_the_journal(bleuet: Company) -> None:
    made = anne(bleuet)
    with pytest.raises(Invalid):
        services.unmask(bleuet.viewer(), customer_id=made.pk, reason=" . ")
    assert "customer.unmasked" not in kinds_of(bleuet, made.pk)
    services.unmask(bleuet.viewer(), customer_id=made.pk, reason="Le client est en danger", contact_id=4)
    assert "customer.unmasked" in kinds_of(bleuet, made.pk)


def test_nobody_changes_another_companys_file(bleuet: Company, garance: Company) -> None:
    theirs = anne(garance)
    point = ContactPoint.objects.filter(kind="phone").get()
    mine = bleuet.viewer()
    acts = [
        lambda: services.update(mine, customer_id=theirs.pk, last_name="X"),
        lambda: services.add_point(mine, customer_id=theirs.pk, kind="phone", value="06 39 98 11 11"),
        lambda: services.retire_point(mine, point_id=point.pk),
        lambda: services.prefer_point(mine, point_id=point.pk),
        lambda: services.verify_point(mine, point_id=point.pk),
        lambda: services.add_address(mine, customer_id=theirs.pk, city="Rennes"),
        lambda: services.consent(mine, customer_id=theirs.pk, channel="voice"),
        lambda: services.withdraw(mine, customer_id=theirs.pk),
        lambda: services.oppose(mine, customer_id=theirs.pk),
        lambda: services.lift(mine, customer_id=theirs.pk),
        lambda: services.unmask(mine, customer_id=theirs.pk, reason="pour voir"),
        lambda: services.erase(bleuet.viewer("administrator"), customer_id=theirs.pk),
        lambda: services.merge(mine, survivor_id=theirs.pk, absorbed_id=anne(bleuet).pk),
    ]
    before = (
        Customer.objects.filter(pk=theirs.pk).values().get(),
        ContactPoint.objects.filter(pk=point.pk).values().get(),
    )
    for act in acts:
        with pytest.raises(NotFound):
            act()
    after = (
        Customer.objects.filter(pk=theirs.pk).values().get(),
        ContactPoint.objects.filter(pk=point.pk).values().get(),
    )
    assert before == after
