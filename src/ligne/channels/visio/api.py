"""What the calling page asks: JSON, the caller known by the token of the call."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse

from ligne.channels.visio import reads, services
from ligne.channels.visio.reads import Guest
from ligne.kit import http, throttle


def _guest(request: HttpRequest, public_id: UUID) -> Guest:
    return Guest(public_id=str(public_id), token=http.bearer(request))


def _limit(request: HttpRequest, what: str, times: int, seconds: int = 60) -> None:
    count = throttle.check_everywhere if what == "start" else throttle.check
    count(f"visio.{what}", http.source(request), times=times, seconds=seconds)


@http.open_to_any_site("POST")
def start(request: HttpRequest) -> HttpResponse:
    """Call; asking again with the same token changes nothing."""
    _limit(request, "start", 30, 600)
    body = http.json_of(request)
    call = services.start(
        queue=http.words(body, "queue", 50),
        token=http.words(body, "token", 128),
        name=http.words(body, "name", 200),
        email=http.words(body, "email", 254),
        topic=http.words(body, "topic", 300),
        language=http.words(body, "language", 35, default="fr"),
    )
    return _news(Guest(str(call.public_id), http.words(body, "token", 128)), 0, status=201)


@http.open_to_any_site("GET")
def news(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Where the call stands and what the advisor's browser said after signal `after`; also the page's sign of life."""
    _limit(request, "news", 1200)
    guest = _guest(request, public_id)
    services.here(reads.call_of(guest))
    after = request.GET.get("after", "0")
    return _news(guest, int(after) if after.isdigit() and len(after) < 18 else 0)


def _news(guest: Guest, after: int, status: int = 200) -> HttpResponse:
    response = JsonResponse(reads.news(reads.call_of(guest), after) | {"ice": reads.ice()}, status=status)
    response["Cache-Control"] = "no-store"
    return response


@http.open_to_any_site("POST")
def say(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """{"kind", "body"} for the advisor's browser."""
    body = http.json_of(request)
    number = services.customer_says(
        _guest(request, public_id), kind=http.words(body, "kind", 20), body=body.get("body", {})
    )
    return JsonResponse({"id": number}, status=201)


@http.open_to_any_site("POST")
def gone(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The page is being closed; a beacon carries no header, so the token stands in the body."""
    _limit(request, "gone", 120)
    services.gone(Guest(str(public_id), http.words(http.json_of(request), "token", 128)))
    return HttpResponse(status=204)


@http.open_to_any_site("POST")
def hang_up(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The customer hangs up."""
    guest = _guest(request, public_id)
    services.hang_up(guest)
    return _news(guest, 0)
