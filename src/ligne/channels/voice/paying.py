"""Payment by keypad at the desk: asked in a dialog, followed step by step, stopped, looked up."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from ligne.channels.voice import services
from ligne.channels.voice.rules import saying
from ligne.channels.voice.rules.flow import Call
from ligne.channels.voice.rules.flow.call import ASKING, OVER
from ligne.contacts import reads as contacts
from ligne.kit import http
from ligne.kit.errors import Conflict, Invalid
from ligne.kit.viewer import ADVISOR as AN_ADVISOR
from ligne.kit.viewer import SUPERVISOR


@http.only(AN_ADVISOR, SUPERVISOR, methods=("GET", "POST"))
def ask(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The dialog: how much, for what; then the customer is asked for the card."""
    viewer = http.viewer_of(request)
    given = {name: request.POST.get(name, "") for name in ("amount", "reference")}
    context: dict[str, Any] = {"contact": contacts.get(viewer, contact_id), **given}
    if request.method == "POST":
        try:
            services.ask_payment(viewer, contact_id=contact_id, **given)
        except (Invalid, Conflict) as refused:
            wrong = {"wrong": http.sentence_of(refused), "field": refused.field}
            return render(request, "channel_voice/payment.html", context | wrong, status=422)
        return HttpResponse(status=204)
    return render(request, "channel_voice/payment.html", context)


@http.only(AN_ADVISOR, SUPERVISOR, methods=("POST",))
def stop(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The advisor stops it; the page follows once the exchange has."""
    services.stop_payment(http.viewer_of(request), contact_id=contact_id)
    return HttpResponse(status=204)


@http.only(AN_ADVISOR, SUPERVISOR, methods=("POST",))
def again(request: HttpRequest, payment_id: str) -> HttpResponse:
    """Ask the bank what became of a payment that nobody knows of."""
    services.ask_bank(http.viewer_of(request), payment_id=payment_id)
    return HttpResponse(status=204)


def steps_of(call: Call) -> list[dict[str, Any]]:
    """What the page shows of a card that is keyed in: each step, whether it is over, how many keys; never a digit."""
    paying = call.paying
    if paying is None or paying.step in {ASKING, OVER}:
        return []
    names = list(saying.STEPS)
    at = names.index(paying.step)
    return [
        {
            "label": gettext(saying.STEPS[name]),
            "done": place < at,
            "now": place == at,
            "keys": paying.keys if place == at else 0,
            "dots": range(paying.keys),
            "wrong": gettext(saying.WRONG[paying.wrong]) if place == at and paying.wrong else "",
        }
        for place, name in enumerate(names)
    ]
