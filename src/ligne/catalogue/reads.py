"""What can be asked about products."""

from __future__ import annotations

from ligne.catalogue.models import Product
from ligne.kit.errors import NotFound
from ligne.kit.viewer import Viewer


def products(viewer: Viewer, *, principal_id: int | None = None, kind: str = "", closed: bool = False) -> list[Product]:
    """Products of the viewer's principals by name; those no longer sold only when `closed`."""
    rows = Product.objects.filter(principal_id__in=viewer.principals)
    exact = {"principal_id": principal_id, "kind": kind, "active": None if closed else True}
    return list(rows.filter(**{name: value for name, value in exact.items() if value}))


def get(viewer: Viewer, product_id: int) -> Product:
    """One product with its principal. Raises `NotFound`."""
    found = (
        Product.objects.filter(pk=product_id, principal_id__in=viewer.principals).select_related("principal").first()
    )
    if found is None:
        raise NotFound
    return found


def product(viewer: Viewer, *, principal_id: int, sku: str) -> Product:
    """One product by its code. Raises `NotFound`."""
    found = Product.objects.filter(principal_id=principal_id, sku=sku, principal_id__in=viewer.principals).first()
    if found is None:
        raise NotFound
    return found
