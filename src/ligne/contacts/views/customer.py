"""Whose exchange it is: choosing the file, proving the identity."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ligne.contacts import reads, services
from ligne.contacts.views.exchange import fragment
from ligne.customers import reads as customers
from ligne.kit.errors import Invalid
from ligne.kit.http import only, viewer_of
from ligne.kit.text import N_
from ligne.kit.viewer import ADVISOR


@only(ADVISOR)
def search(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Files of the same principal that fit `q`, each with a button that ties the exchange to it."""
    viewer = viewer_of(request)
    contact = reads.get(viewer, contact_id)
    wanted = request.GET.get("q", "").strip()
    found = customers.search(viewer, wanted, limit=6) if len(wanted) > 1 else []
    return render(request, "contacts/found_customers.html", {"contact": contact, "found": found, "wanted": wanted})


@only(ADVISOR, methods=("POST",))
def choose(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Tie the exchange to the chosen file."""
    viewer = viewer_of(request)
    chosen = request.POST.get("customer", "")
    if not chosen.isdigit():
        raise Invalid(N_("Choose a customer first. Nothing was changed."), field="customer")
    services.choose_customer(viewer, contact_id=contact_id, customer_id=int(chosen))
    return fragment(request, viewer, contact_id)


@only(ADVISOR, methods=("POST",))
def prove(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Trace the outcome of the identity questions."""
    viewer = viewer_of(request)
    services.prove_identity(viewer, contact_id=contact_id, outcome=request.POST.get("outcome", ""))
    return fragment(request, viewer, contact_id)
