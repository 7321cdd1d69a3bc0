"""Around every request: its id and log context, the viewer, the content security policy, domain errors."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import structlog
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from ligne.kit.errors import DomainError, Invalid, TooMany
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer
from ligne.site import errors
from ligne.staff import reads as staff

Handler = Callable[[HttpRequest], HttpResponseBase]
# How the database's driver refuses the one character that PostgreSQL keeps in no text.
_NUL = "NUL (0x00)"


class RequestContext:
    """Give the request an id, bound to every log line and returned as X-Request-Id."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = secrets.token_hex(8)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response["X-Request-Id"] = request_id
        return response


class CurrentViewer:
    """Set `request.viewer`: the signed-in person's Viewer, or one that sees nothing. Their language rules the page."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        from django.utils import translation

        user = request.user
        if user.is_authenticated:
            viewer = staff.viewer_of(user)
            translation.activate(viewer.language)
            request.LANGUAGE_CODE = viewer.language
        else:
            viewer = Viewer(user_id=None, role="")
        request.viewer = viewer  # type: ignore[attr-defined]
        return self.get_response(request)


class ContentSecurityPolicy:
    """Scripts and styles of our own origin, or carrying the page's nonce; nothing else runs.

    A view may widen its own page by setting `response.csp_frame_ancestors` (the chat widget) or
    `response.csp_sandbox` (a customer's mail shown in a frame).
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        nonce = secrets.token_urlsafe(16)
        request.csp_nonce = nonce  # type: ignore[attr-defined]
        response = self.get_response(request)
        if "Content-Security-Policy" not in response:
            ancestors = getattr(response, "csp_frame_ancestors", "'none'")
            response["Content-Security-Policy"] = (
                f"default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
                "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; media-src 'self' blob:; "
                "frame-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
                f"frame-ancestors {ancestors}"
            )
        return response


class CrossOrigin:
    """Let scripts of any site read the answers of views marked by `kit.http.open_to_any_site`, refusals included.

    No credentials are allowed across: such views know their caller by a token in the request, never by a cookie.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if getattr(request, "open_to_any_site", False):
            response["Access-Control-Allow-Origin"] = "*"
            response["Access-Control-Expose-Headers"] = "Retry-After"
            response["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response


class DomainErrors:
    """Turn a domain error raised by a view into an answer for the person or the program.

    So too a NUL in what was typed: no view asks each of its parameters whether it holds one.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a `DomainError`; leave everything else to Django."""
        if isinstance(exception, (ValueError, DataError)) and _NUL in str(exception):
            exception = Invalid(N_("This holds a character that cannot be kept. Nothing was done."))
        if not isinstance(exception, DomainError):
            return None
        response = errors.answer(request, exception)
        if isinstance(exception, TooMany):
            response["Retry-After"] = str(exception.retry_after)
        return response
