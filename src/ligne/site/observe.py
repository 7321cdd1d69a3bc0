"""One log line and one measure for each request: which route, how it ended, how long it took, who asked."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponseBase

from ligne.site import metrics

log = structlog.get_logger("ligne.web")
# Asked every few seconds by machines: measured, not logged.
_QUIET = frozenset({"healthz", "metrics"})


class Observe:
    """Log and measure. The route's name stands for the address, which may hold a customer's token."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - began
        match = request.resolver_match
        route = match.view_name or match.route if match else "static" if request.path.startswith("/static/") else "none"
        method = request.method if request.method in {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"} else "other"
        viewer = getattr(request, "viewer", None)
        note(method, route, response.status_code, seconds, user_id=viewer.user_id if viewer else None)
        return response


def note(method: str, route: str, status: int, seconds: float, **more: object) -> None:
    """Log and measure an answer; `more` is for the log alone."""
    metrics.requests.labels(method, route, status).inc()
    metrics.request_seconds.labels(route).observe(seconds)
    if route not in _QUIET and route != "static":
        log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1), **more)
