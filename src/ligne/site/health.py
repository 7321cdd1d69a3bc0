"""`/healthz` for load balancers and the start-up, `/metrics` for Prometheus."""

from __future__ import annotations

import hmac
import os

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from ligne.kit import outages
from ligne.site import metrics, migrations


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers, has the shape we expect and there is room to write, else 503; what is wrong stands
    in `parts`."""
    parts = {"database": "ok", "migrations": "ok", "disk": _disk()}
    try:
        if not migrations.up_to_date():
            parts["migrations"] = "wrong"
    except DatabaseError:
        parts |= {"database": "wrong", "migrations": "unknown"}
    fine = set(parts.values()) == {"ok"}
    response = JsonResponse({"status": "ok" if fine else "wrong", "parts": parts}, status=200 if fine else 503)
    response["Cache-Control"] = "no-store"
    return response


def _disk() -> str:
    try:
        return "ok" if outages.free_bytes() >= outages.RESERVE_BYTES else "full"
    except OSError:
        return "unknown"


@require_safe
def prometheus(request: HttpRequest) -> HttpResponse:
    """The figures, for who holds LIGNE_METRICS_TOKEN; without that setting, for this machine alone."""
    if not _may_scrape(request):
        return HttpResponse(status=403)
    return HttpResponse(metrics.render(), content_type=metrics.CONTENT_TYPE)


def _may_scrape(request: HttpRequest) -> bool:
    wanted = os.environ.get("LIGNE_METRICS_TOKEN", "")
    if wanted:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), wanted.encode())
    # A proxy on this machine would make the whole world look local.
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return not forwarded and request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1"}
