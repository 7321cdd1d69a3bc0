"""What happens to products."""

from __future__ import annotations

from typing import ClassVar

from ligne.kit.bus import Event, event


@event
class ProductSet(Event):
    """A product was entered or changed."""

    kind: ClassVar[str] = "product.set"
    subject_type: ClassVar[str] = "product"
    sku: str
    name: str
    price_cents: int
    created: bool
    active: bool = True
