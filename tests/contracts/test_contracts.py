"""Contracts: entered, ended, found by number, following their customer."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from ligne.catalogue import services as catalogue
from ligne.contracts import reads, services
from ligne.contracts.models import Contract
from ligne.contracts.rules import states
from ligne.contracts.services import NewContract
from ligne.customers import reads as customers
from ligne.customers import services as customer_services
from ligne.kit.errors import Conflict, Forbidden, Invalid, NotFound
from tests.world import Company

START = date(2024, 3, 1)


def opened(company: Company, number: str = "BT-2024-000001", **facts: object) -> Contract:
    customer = company.customer()
    contract = NewContract(customer_id=customer.pk, number=number, start=START, **facts)  # type: ignore[arg-type]
    return services.open_contract(company.viewer(), principal_id=company.principal.pk, contract=contract)


@pytest.mark.parametrize(
    ("state", "end", "today", "binds", "shown"),
    [
        (states.ACTIVE, None, date(2026, 1, 1), True, states.ACTIVE),
        (states.ACTIVE, date(2026, 1, 1), date(2026, 1, 1), True, states.ACTIVE),
        (states.ACTIVE, date(2026, 1, 1), date(2026, 1, 2), False, states.ENDED),
        (states.SUSPENDED, None, date(2026, 1, 1), True, states.SUSPENDED),
        (states.PENDING, None, date(2026, 1, 1), False, states.PENDING),
        (states.ACTIVE, None, date(2020, 1, 1), False, states.ACTIVE),
    ],
)
def test_in_force(state: str, end: date | None, today: date, binds: bool, shown: str) -> None:
    assert states.in_force(state, START, end, today) is binds
    assert states.shown(state, end, today) == shown


def test_open_find_show(bleuet: Company, garance: Company) -> None:
    product = catalogue.set_product(
        bleuet.viewer("administrator"), principal_id=bleuet.principal.pk, sku="FIB", name="Fibre", price_cents=2999
    )
    contract = opened(bleuet, product_id=product.pk, monthly_cents=2999)
    found = customers.search(bleuet.viewer(), "bt-2024-0000")
    assert [(s.id, s.why) for s in found] == [(contract.customer_id, "contrat BT-2024-000001")]
    assert customers.search(garance.viewer(), "bt-2024-0000") == []
    assert reads.of_customer(garance.viewer(), contract.customer_id) == []
    assert [c.pk for c in reads.in_force(bleuet.viewer(), contract.customer_id)] == [contract.pk]
    titles = [e.title for e in customers.timeline(bleuet.viewer(), contract.customer_id)]
    assert titles == ["Début de contrat"]
    client = Client()
    client.force_login(bleuet.advisor)
    tab = reverse("contracts:of_customer", args=[contract.customer_id])
    assert "29,99" in client.get(tab).content.decode()
    assert "Fibre" not in client.get(tab + "?masked=1").content.decode()


def test_refusals_enter_nothing(bleuet: Company, garance: Company) -> None:
    first = opened(bleuet)
    with pytest.raises(Conflict):
        opened(bleuet)
    for wrong in ({"number": ""}, {"state": "?"}, {"end": date(2020, 1, 1)}):
        with pytest.raises(Invalid):
            opened(bleuet, **{"number": "X1", **wrong})  # type: ignore[arg-type]
    theirs = catalogue.set_product(
        garance.viewer("administrator"), principal_id=garance.principal.pk, sku="G", name="G", price_cents=1
    )
    with pytest.raises(NotFound):
        opened(bleuet, number="X2", product_id=theirs.pk)
    contract = NewContract(customer_id=first.customer_id, number="X3", start=START)
    with pytest.raises(NotFound):
        services.open_contract(garance.viewer(), principal_id=garance.principal.pk, contract=contract)
    with pytest.raises(NotFound):
        services.open_contracts(garance.viewer(), principal_id=garance.principal.pk, contracts=[contract])
    with pytest.raises(Forbidden):
        services.open_contract(bleuet.viewer("quality"), principal_id=bleuet.principal.pk, contract=contract)
    assert Contract.objects.count() == 1


def test_many_at_once_and_again(bleuet: Company) -> None:
    customer = bleuet.customer()
    many = [NewContract(customer_id=customer.pk, number=f"N{n}", start=START) for n in range(5)]
    assert services.open_contracts(bleuet.viewer(), principal_id=bleuet.principal.pk, contracts=many) == 5
    assert services.open_contracts(bleuet.viewer(), principal_id=bleuet.principal.pk, contracts=many) == 0


def test_end(bleuet: Company, garance: Company) -> None:
    contract = opened(bleuet)
    with pytest.raises(NotFound):
        services.end_contract(garance.viewer(), contract_id=contract.pk)
    with pytest.raises(Invalid):
        services.end_contract(bleuet.viewer(), contract_id=contract.pk, last_day=date(2020, 1, 1))
    ended = services.end_contract(bleuet.viewer(), contract_id=contract.pk, last_day=date(2025, 1, 31))
    assert (ended.state, ended.end) == (states.ENDED, date(2025, 1, 31))
    titles = [e.title for e in customers.timeline(bleuet.viewer(), contract.customer_id)]
    assert titles == ["Fin de contrat", "Début de contrat"]


def test_contracts_follow_a_merge_and_its_undo(bleuet: Company) -> None:
    contract = opened(bleuet)
    kept = bleuet.customer()
    gone_id = contract.customer_id
    record = customer_services.merge(bleuet.viewer(), survivor_id=kept.pk, absorbed_id=gone_id)
    contract.refresh_from_db()
    assert contract.customer_id == kept.pk
    later = services.open_contract(
        bleuet.viewer(),
        principal_id=bleuet.principal.pk,
        contract=NewContract(customer_id=kept.pk, number="N9", start=START),
    )
    customer_services.unmerge(bleuet.viewer(), record_id=record.pk)
    contract.refresh_from_db()
    later.refresh_from_db()
    assert (contract.customer_id, later.customer_id) == (gone_id, kept.pk)
