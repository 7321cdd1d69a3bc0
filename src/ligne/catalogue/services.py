"""What can be done with products."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from ligne.catalogue.events import ProductSet
from ligne.catalogue.models import Product
from ligne.kit import bus
from ligne.kit.errors import Conflict, Forbidden, Invalid, NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, SUPERVISOR, Viewer

FIELDS = ("name", "kind", "price_cents", "currency", "vat_permille", "description", "active")


def set_product(viewer: Viewer, *, principal_id: int, sku: str, version: int | None = None, **facts: Any) -> Product:
    """Create the product `sku`, or change the `facts` given (FIELDS). Prices are cents, tax included.

    A form names the `version` it was made from, 0 for a product to make; without one (demo, programs) what is there is
    changed as it stands. A product is never deleted: `active` False takes it out of sale.
    Raises `Invalid`, `Conflict`, `Forbidden`, `NotFound` (no such principal here).
    """
    if not viewer.has_role(SUPERVISOR, ADMINISTRATOR):
        raise Forbidden
    if not viewer.sees(principal_id):
        raise NotFound
    code = sku.strip()
    if not 0 < len(code) <= 40:
        raise Invalid(N_("A product needs a code of 1 to 40 characters."), field="sku")
    _check(facts)
    with transaction.atomic():
        known = Product.objects.select_for_update().filter(principal_id=principal_id, sku=code).first()
        if version == 0 and known is not None:
            raise Invalid(N_("Another product has this code. Nothing was saved."), field="sku")
        if version and (known is None or known.version != version):
            raise Conflict
        product = known or Product(principal_id=principal_id, sku=code, version=0)
        for name, value in facts.items():
            setattr(product, name, value)
        _check_whole(product)
        product.version += 1
        product.save()
        bus.announce(
            ProductSet(
                subject_id=product.pk,
                principal_id=principal_id,
                actor_id=viewer.user_id,
                sku=code,
                name=product.name,
                price_cents=product.price_cents,
                created=known is None,
                active=product.active,
            )
        )
    return product


def _check(facts: dict[str, Any]) -> None:
    unknown = facts.keys() - set(FIELDS)
    if unknown:
        raise Invalid(N_("A product has no “%(name)s”."), field=min(unknown), name=min(unknown))
    if "kind" in facts and facts["kind"] not in Product.Kind.values:
        raise Invalid(N_("A product is a good, a service or a subscription."), field="kind")
    if facts.get("price_cents", 0) < 0:
        raise Invalid(N_("A price cannot be negative."), field="price_cents")


def _check_whole(product: Product) -> None:
    if not product.name.strip():
        raise Invalid(N_("A product needs a name. Nothing was saved."), field="name")
    if product.price_cents is None:
        raise Invalid(N_("A product needs a price. Nothing was saved."), field="price_cents")
