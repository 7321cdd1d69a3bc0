"""Products: entered and changed by code, seen by their company alone."""

from __future__ import annotations

import pytest

from ligne.catalogue import reads, services
from ligne.catalogue.models import Product
from ligne.kit.errors import Forbidden, Invalid, NotFound
from tests.world import Company


def test_set_change_read(bleuet: Company, garance: Company) -> None:
    admin, pid = bleuet.viewer("administrator"), bleuet.principal.pk
    services.set_product(admin, principal_id=pid, sku="FIB", name="Fibre", price_cents=2999, kind="subscription")
    services.set_product(admin, principal_id=pid, sku="FIB", price_cents=3199)
    assert (reads.product(bleuet.viewer(), principal_id=pid, sku="FIB").price_cents, Product.objects.count()) == (
        3199,
        1,
    )
    assert [p.sku for p in reads.products(bleuet.viewer(), kind="subscription")] == ["FIB"]
    assert reads.products(garance.viewer()) == []
    with pytest.raises(NotFound):
        reads.product(garance.viewer(), principal_id=pid, sku="FIB")
    services.set_product(admin, principal_id=pid, sku="FIB", active=False)
    assert reads.products(bleuet.viewer()) == []
    assert len(reads.products(bleuet.viewer(), closed=True)) == 1


def test_refusals(bleuet: Company, garance: Company) -> None:
    admin, pid = bleuet.viewer("administrator"), bleuet.principal.pk
    wrong: list[dict[str, object]] = [{"sku": " "}, {"kind": "?"}, {"price_cents": -1}, {"colour": "blue"}]
    for facts in wrong:
        with pytest.raises(Invalid):
            services.set_product(admin, principal_id=pid, **{"sku": "A", "name": "A", "price_cents": 1, **facts})  # type: ignore[arg-type]
    with pytest.raises(Forbidden):
        services.set_product(bleuet.viewer(), principal_id=pid, sku="A", name="A", price_cents=1)
    with pytest.raises(NotFound):
        services.set_product(admin, principal_id=garance.principal.pk, sku="A", name="A", price_cents=1)
    assert not Product.objects.exists()
