"""The customer's page, and the advisor's side of a web call."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ligne.channels.visio import reads, services
from ligne.kit import http
from ligne.kit.colours import colour_or_house, ink_on
from ligne.kit.errors import NotFound
from ligne.kit.viewer import ADVISOR, SUPERVISOR

POWERS = "camera=(self), microphone=(self), display-capture=(self)"


@require_GET
def page(request: HttpRequest, queue: str) -> HttpResponse:
    """From here a customer calls; the page asks for the microphone when they do, not before."""
    front = reads.front(queue)
    colour = colour_or_house(front.colour)
    principal = {"name": front.principal_name, "colour": colour, "ink": ink_on(colour)}
    response = render(request, "channel_visio/page.html", {"principal": principal, "front": front})
    response["Permissions-Policy"] = POWERS
    return response


@http.only()
def desk(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The advisor's side: it takes part as soon as the contact is in their hands."""
    viewer = http.viewer_of(request)
    call = reads.call_of_contact(viewer, contact_id)
    if call is None:
        return HttpResponse("")
    contact = call.contact
    mine = contact is not None and contact.advisor_id == viewer.user_id
    context = {
        "contact": contact,
        "state": reads.state_of(call),
        "mine": mine,
        "ice": json.dumps(reads.ice()),
        "after": reads.last_signal(call),
    }
    return render(request, "channel_visio/desk.html", context)


@http.only(ADVISOR, SUPERVISOR, methods=("GET", "POST"))
def signals(request: HttpRequest, contact_id: int) -> HttpResponse:
    """GET: what the customer's browser said after signal `after`. POST `kind` and `body` (JSON): to the
    customer's browser."""
    viewer = http.viewer_of(request)
    if request.method == "POST":
        told = _json(request.POST.get("body", ""))
        number = services.advisor_says(viewer, contact_id=contact_id, kind=request.POST.get("kind", ""), body=told)
        return JsonResponse({"id": number}, status=201)
    call = reads.call_of_contact(viewer, contact_id)
    if call is None or call.contact is None or call.contact.advisor_id != viewer.user_id:
        raise NotFound
    after = request.GET.get("after", "0")
    found = reads.signals_for(call, "advisor", int(after) if after.isdigit() and len(after) < 18 else 0)
    return JsonResponse({"state": reads.state_of(call), "signals": found})


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


@http.only(ADVISOR, SUPERVISOR, methods=("POST",))
def joined(request: HttpRequest, contact_id: int) -> HttpResponse:
    """They hear each other."""
    services.joined(http.viewer_of(request), contact_id=contact_id)
    return HttpResponse(status=204)
