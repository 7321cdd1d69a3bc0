"""The office's form of a product."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from ligne.catalogue.models import Product
from ligne.kit.saving import VersionedForm

KINDS = {
    Product.Kind.GOOD: _("Good"),
    Product.Kind.SERVICE: _("Service"),
    Product.Kind.SUBSCRIPTION: _("Subscription, by the month"),
}
# The rates in force in metropolitan France, in thousandths.
VAT = (200, 100, 55, 21, 0)


class ProductForm(VersionedForm):
    """What a principal sells; its code is chosen once, for programs and contracts know it."""

    BESIDE: ClassVar[dict[str, str]] = {"price_cents": "price"}

    sku = forms.CharField(label=_("Code"), max_length=40, help_text=_("By which programs and files name it; it stays."))
    name = forms.CharField(label=_("Name"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=list(KINDS.items()))
    price = forms.DecimalField(
        label=_("Price in euros, tax included"), min_value=0, max_value=1_000_000, decimal_places=2, localize=True
    )
    vat_permille = forms.TypedChoiceField(label=_("VAT"), coerce=int)
    description = forms.CharField(
        label=_("Description"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 4})
    )
    active = forms.BooleanField(
        label=_("On sale"),
        required=False,
        initial=True,
        help_text=_("Out of sale, it is no longer proposed; contracts that name it stay as they are."),
    )

    def __init__(self, present: Product | None, data: Any = None) -> None:
        super().__init__(data, initial=_initial(present) if present else None)
        if present is not None:
            del self.fields["sku"]
        rates = sorted({*VAT, present.vat_permille} if present else VAT, reverse=True)
        self.fields["vat_permille"].choices = [(rate, _percent(rate)) for rate in rates]  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        """The values as the verb takes them."""
        values = dict(self.cleaned_data)
        values["price_cents"] = int(values.pop("price") * 100)
        return values


def _percent(permille: int) -> str:
    return f"{number_format(Decimal(permille) / 10)}\u00a0%"


def _initial(product: Product) -> dict[str, Any]:
    same = ("name", "kind", "vat_permille", "description", "active", "version")
    return {name: getattr(product, name) for name in same} | {"price": Decimal(product.price_cents) / 100}
