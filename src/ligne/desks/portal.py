"""The door to the customers' side of the demo: where one writes, chats and asks for a call as a customer would."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ligne.kit.text import N_


@dataclass(frozen=True, slots=True)
class Shop:
    """A fictitious company as its customers know it; `call_queue` is the queue that calls them back."""

    slug: str
    name: str
    sells: str
    icon: str
    call_queue: str


SHOPS = (
    Shop("garance", "Atelier Garance", N_("household appliances that can be repaired"), "wash-machine", "garance-sav"),
    Shop("bleuet", "Bleuet Télécom", N_("mobile, fibre and television"), "wifi", "bleuet-conseil"),
)


@require_GET
def demo(request: HttpRequest) -> HttpResponse:
    """What one may play as a customer, and what will happen on the advisor's desk; exists in the demo alone."""
    if not settings.DEMO:
        raise Http404
    return render(request, "desks/demo.html", {"shops": SHOPS, "advisor": "conseiller@demo.test"})
