"""Where a domain error becomes an HTTP status and a sentence in the person's language. Nowhere else."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from ligne.kit import errors
from ligne.kit.http import sentence_of

STATUS: list[tuple[type[errors.DomainError], int]] = [
    (errors.TooLarge, 413),
    (errors.Invalid, 422),
    (errors.NotFound, 404),
    (errors.Forbidden, 403),
    (errors.Conflict, 409),
    (errors.Refused, 403),
    (errors.TooMany, 429),
    (errors.Unavailable, 503),
    (errors.DomainError, 400),
]


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
    template = "kit/error_fragment.html" if request.headers.get("HX-Request") else "kit/error_page.html"
    return render(request, template, {"sentence": sentence_of(error), "status": status}, status=status)


def _wants_json(request: HttpRequest) -> bool:
    return (
        request.path.startswith("/api/")
        or getattr(request, "open_to_any_site", False)
        or request.headers.get("Accept", "").startswith("application/json")
    )
