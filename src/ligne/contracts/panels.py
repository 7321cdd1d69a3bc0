"""The contracts tab of the customer's file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from ligne.contracts import reads
from ligne.contracts.rules import states
from ligne.customers import reads as customers
from ligne.kit import clock
from ligne.kit.http import only, viewer_of
from ligne.kit.panels import Panel
from ligne.kit.text import N_

PANELS = [Panel("customer.tabs", "contracts", "contracts:of_customer", N_("Contracts"), 30, "signature")]


@only()
def of_customer(request: HttpRequest, customer_id: int) -> HttpResponse:
    """The customer's contracts; hidden while the file is masked (`?masked=1`)."""
    viewer = viewer_of(request)
    customers.get(viewer, customer_id)
    masked = request.GET.get("masked") == "1"
    rows = [] if masked else reads.of_customer(viewer, customer_id)
    today = clock.now().date()
    shown = [(c, states.shown(c.state, c.end, today)) for c in rows]
    told = [{"row": c, "tone": states.TONES[state], "state": gettext(states.LABELS[state])} for c, state in shown]
    return render(request, "contracts/of_customer.html", {"contracts": told, "masked": masked})
