"""The advisor's side of a chat, and the demo shop that embeds the widget."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ligne.channels.chat import reads, services
from ligne.channels.chat.models import ChatSession
from ligne.channels.chat.shop import SHOPS
from ligne.kit import clock, http
from ligne.kit.viewer import ADVISOR


@http.only()
def desk_header(request: HttpRequest, contact_id: int) -> HttpResponse:
    """What the advisor sees of the customer's page: which one, its language, whether it is there, who is typing."""
    viewer = http.viewer_of(request)
    session = reads.page_of(viewer, contact_id)
    if session is None:  # a conversation that was not held on a page of ours
        return HttpResponse("")
    typing_at = session.customer_typing_at
    return render(
        request,
        "channel_chat/desk_header.html",
        {
            "session": session,
            "contact": session.contact,
            "typing": typing_at is not None and clock.now() - typing_at < reads.TYPING_SHOWN,
            "waited_s": _waited(session),
        },
    )


def _waited(session: ChatSession) -> int | None:
    contact = session.contact
    if contact is None:
        return None
    until = contact.accepted_at or session.ended_at or clock.now()
    return max(0, int((until - contact.arrived_at).total_seconds()))


@http.only(ADVISOR, methods=("POST",))
def desk_typing(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The advisor is typing."""
    services.advisor_types(http.viewer_of(request), contact_id=contact_id)
    return HttpResponse(status=204)


@require_GET
def demo_shop(request: HttpRequest, principal: str) -> HttpResponse:
    """A fictitious shop with the widget on it; exists in the demo alone."""
    if not settings.DEMO or principal not in SHOPS:
        raise Http404
    return render(request, "channel_chat/demo_shop.html", {"shop": SHOPS[principal]})
