"""Where a domain error becomes an HTTP status and a sentence in the person's language. Nowhere else."""

from __future__ import annotations

import sys

from django.db import connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.defaults import server_error

from ligne.kit import errors, outages
from ligne.kit.http import sentence_of

STATUS: list[tuple[type[errors.DomainError], int]] = [
    (errors.TooLarge, 413),
    (errors.Invalid, 422),
    (errors.NotFound, 404),
    (errors.Forbidden, 403),
    (errors.Conflict, 409),
    (errors.Refused, 403),
    (errors.TooMany, 429),
    (errors.NoRoom, 507),
    (errors.Unavailable, 503),
    (errors.DomainError, 400),
]
TRY_AGAIN_S = 5


def status_of(error: errors.DomainError) -> int:
    """The HTTP status of a domain error."""
    return next(status for kind, status in STATUS if isinstance(error, kind))


def body_of(error: errors.DomainError) -> dict[str, object]:
    """The error for programs: {"error": code, "message": sentence, "field": name or null}."""
    return {"error": error.code, "message": sentence_of(error), "field": error.field}


def answer(request: HttpRequest, error: errors.DomainError) -> HttpResponse:
    """A JSON body for programs, a small fragment for htmx, a page for a person."""
    status = status_of(error)
    if _wants_json(request):
        response = JsonResponse(body_of(error), status=status)
        if isinstance(error, errors.TooMany):
            response["Retry-After"] = str(error.retry_after)
        return response
    return render(request, _template(request), {"sentence": sentence_of(error), "status": status}, status=status)


def failed(request: HttpRequest) -> HttpResponse:
    """Answer an exception that nobody foresaw (Django's `handler500`): an outage is said as such, the rest is ours."""
    outage = outages.of(sys.exc_info()[1])
    if outage is None:
        return server_error(request)
    connections.close_all()  # a demoted leader would still answer, and go on refusing
    status = status_of(outage)
    if _wants_json(request):
        response: HttpResponse = JsonResponse(body_of(outage), status=status)
    else:
        # without the request: who is signed in cannot be asked now
        facts = {"sentence": sentence_of(outage), "status": status, "retry": request.method == "GET"}
        response = HttpResponse(render_to_string(_template(request), facts), status=status)
    response["Retry-After"] = str(TRY_AGAIN_S)
    response["Cache-Control"] = "no-store"
    return response


def _template(request: HttpRequest) -> str:
    return "kit/error_fragment.html" if request.headers.get("HX-Request") else "kit/error_page.html"


def _wants_json(request: HttpRequest) -> bool:
    return (
        request.path.startswith("/api/")
        or getattr(request, "open_to_any_site", False)
        or request.content_type == "application/json"
        or request.headers.get("Accept", "").startswith("application/json")
    )
