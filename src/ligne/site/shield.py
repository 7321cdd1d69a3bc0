"""What every answer carries so that a browser keeps it to itself, and who may ask in which name."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

Handler = Callable[[HttpRequest], HttpResponseBase]

_POWERS = "camera=(), geolocation=(), payment=(), usb=(), serial=(), hid=(), browsing-topics=()"
_FILES = "/files/"


class Shield:
    """Set, unless the view did: kept nowhere (`no-store`), read by no other site, without powers over the device but
    the microphone of the telephone, when there is one.

    A refusal for too many tries says when to come back. With LIGNE_FILES_URL, that host serves files and nothing else.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request) if self._right_host(request) else HttpResponse(status=404)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", _POWERS)
        if response.status_code == 429:
            response.headers.setdefault("Retry-After", "60")
        return response

    def _right_host(self, request: HttpRequest) -> bool:
        files_host = urlsplit(settings.FILES_URL).netloc
        return not files_host or request.get_host() != files_host or request.path.startswith(_FILES)


class HealthByAnyName:
    """A load balancer's check names whichever host it likes, or none: `/healthz` answers all the same."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == "/healthz":
            request.META["HTTP_HOST"] = "localhost"
            request.META.pop("HTTP_X_FORWARDED_HOST", None)
        return self.get_response(request)
