"""Call-back requests from any site (the chat widget among them): JSON without cookies."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone

from ligne.channels.web import reads, services
from ligne.channels.web.errors import SlotGone
from ligne.channels.web.forms import slot_label
from ligne.kit import http, throttle


@http.open_to_any_site("GET")
def slots(request: HttpRequest, queue: str) -> HttpResponse:
    """When a call can be had: {"principal", "now", "slots": [{"start", "end", "label"}]}."""
    throttle.check("callback.slots", http.source(request), times=60, seconds=60)
    offer = reads.offer(queue)
    with timezone.override(offer.front.zone):
        rows = [
            {
                "start": slot[0].isoformat(),
                "end": slot[1].isoformat(),
                "label": slot_label(slot),
            }
            for slot in offer.slots
        ]
    return JsonResponse({"principal": offer.front.principal_name, "now": offer.now, "slots": rows})


@http.open_to_any_site("POST")
def ask(request: HttpRequest) -> HttpResponse:
    """Ask to be called back: {"queue", "form_token", "phone", "start" (empty: as soon as possible), "name", "topic"}.

    Answers {"when", "window_start", "window_end", "url"}; `url` is where the customer sees, moves or cancels it.
    """
    throttle.check_everywhere("callback.ask", http.source(request), times=20, seconds=600)
    body = http.json_of(request)
    queue = http.words(body, "queue", 50)
    promise = services.ask(
        queue=queue,
        form_token=http.words(body, "form_token", 64),
        phone=http.words(body, "phone", 40),
        start=_instant(http.words(body, "start", 40)),
        name=http.words(body, "name", 200),
        topic=http.words(body, "topic", 300),
    )
    window = (promise.window_start, promise.window_end)
    return JsonResponse(
        {
            "when": reads.words_of(window, reads.offer(queue).front.zone),
            "window_start": window[0].isoformat(),
            "window_end": window[1].isoformat(),
            "url": reverse("channel_web:promise", args=[reads.link_to(promise)]),
        },
        status=201,
    )


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise SlotGone(field="start") from None
    if found.tzinfo is None:
        raise SlotGone(field="start")
    return found
