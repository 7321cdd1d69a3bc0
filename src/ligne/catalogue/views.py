"""Office: what each company sells."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext

from ligne.catalogue import reads, services
from ligne.catalogue.forms import KINDS, ProductForm
from ligne.catalogue.models import Product
from ligne.kit.errors import NotFound
from ligne.kit.http import only, viewer_of
from ligne.kit.saving import Data, form_page
from ligne.kit.viewer import ADMINISTRATOR, SUPERVISOR
from ligne.staff import reads as staff
from ligne.staff.models import Principal

BOTH = ("GET", "HEAD", "POST")


@only(ADMINISTRATOR, SUPERVISOR)
def products(request: HttpRequest) -> HttpResponse:
    """A company's products, those out of sale included: `?principal=<slug>`, else the first company."""
    viewer = viewer_of(request)
    principals, chosen = staff.principal_choice(viewer, request.GET.get("principal", ""))
    found = reads.products(viewer, principal_id=chosen.pk, closed=True) if chosen else []
    rows = [{"product": one, "kind": KINDS[Product.Kind(one.kind)]} for one in found]
    context = {"principals": principals, "principal": chosen, "rows": rows, "nav_slot": "office.nav"}
    return render(request, "catalogue/products.html", context)


@only(ADMINISTRATOR, SUPERVISOR, methods=BOTH)
def create(request: HttpRequest, principal_slug: str) -> HttpResponse:
    """Add a product to a company's catalogue."""
    _all, principal = staff.principal_choice(viewer_of(request), principal_slug)
    if principal is None:
        raise NotFound
    return _form(request, principal, None)


@only(ADMINISTRATOR, SUPERVISOR, methods=BOTH)
def edit(request: HttpRequest, product_id: int) -> HttpResponse:
    """Change a product, or take it out of sale."""
    present = reads.get(viewer_of(request), product_id)
    return _form(request, present.principal, present)


def _form(request: HttpRequest, principal: Principal, present: Product | None) -> HttpResponse:
    viewer = viewer_of(request)

    def form(data: Data) -> ProductForm:
        return ProductForm(reads.get(viewer, present.pk) if present else None, data)

    def verb(sent: ProductForm) -> None:
        facts = sent.facts()
        sku = present.sku if present else facts.pop("sku")
        services.set_product(viewer, principal_id=principal.pk, sku=sku, **facts)

    back = f"{reverse('catalogue:products')}?{urlencode({'principal': principal.slug})}"
    context = {"product": present, "principal": principal, "back": back, "nav_slot": "office.nav"}
    page = "catalogue/product.html"
    return form_page(request, form=form, verb=verb, template=page, context=context, done=back, said=gettext("Saved."))
