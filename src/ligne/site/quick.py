"""The short way for what programs ask most: `GET /api/v1/customers` by telephone, e-mail, or what was typed.

It gives the very answer that Django's whole way gives, by the same token, pace, read and headers, without sessions,
routing and validation by schema on the way. Only a plain question with a good answer is taken; anything else (another
parameter, a token that is not good, a refusal) is not answered here and goes the whole way, which says why.

An exact telephone or e-mail has a shorter way still (`site.at_once`).
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from django.core.exceptions import SuspiciousOperation
from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.common import CommonMiddleware
from django.middleware.security import SecurityMiddleware
from django.urls import resolve
from django.utils.functional import cached_property

from ligne.customers import reads
from ligne.kit import throttle
from ligne.kit.errors import DomainError
from ligne.kit.viewer import ROLES, Viewer
from ligne.site.api import PACE
from ligne.site.middleware import ContentSecurityPolicy, RequestContext
from ligne.site.observe import Observe
from ligne.site.shield import Shield
from ligne.staff.services import tokens

PATH = "/api/v1/customers"
SCOPE = "customers:read"
_ASKED = frozenset({"phone", "email", "q", "limit"})
_LONGEST = 300
_COLUMNS = ("id", "kind", "display_name", "phones", "emails", "principal", "principal_id", "city", "segment", "status",
            "external_ref")  # fmt: skip

JSON = "application/json; charset=utf-8"

Headers = list[tuple[bytes, bytes]]
Answer = tuple[int, Headers, bytes]


class Elsewhere(Exception):
    """Not for the short way."""


# What an answer passes on its way out, and what watches a request from outside.
LAYERS: tuple[Callable[..., Any], ...] = (
    XFrameOptionsMiddleware, ContentSecurityPolicy, CommonMiddleware, Shield, SecurityMiddleware,
)  # fmt: skip
_WATCHERS: tuple[Callable[..., Any], ...] = (Observe, RequestContext)


class Quick:
    """Made once the settings are known."""

    def __init__(self) -> None:
        self._handler = within(self._answer, LAYERS + _WATCHERS)

    @staticmethod
    def takes(scope: dict[str, Any]) -> bool:
        """Whether a request may be one of ours; costs nothing where it is not."""
        return bool(scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "GET")

    def answer(self, scope: dict[str, Any]) -> Answer | None:
        """The answer, None when the whole way is to be gone. In a thread that may ask the database."""
        try:
            response: HttpResponse = self._handler(ASGIRequest(scope, io.BytesIO()))
        except (Elsewhere, DomainError, SuspiciousOperation):
            return None
        except DatabaseError:
            connection.close()
            return None
        return response.status_code, sent(response), response.content

    @cached_property
    def _route(self) -> Any:
        return resolve(PATH)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        request.resolver_match = self._route
        wanted = asked(request.META.get("QUERY_STRING", ""))
        viewer = _viewer(request.META.get("HTTP_AUTHORIZATION", ""))
        limit = int(wanted.pop("limit", "50"))
        return HttpResponse(written(reads.find(viewer, limit=limit, **wanted)), content_type=JSON)


def within(handler: Callable[[HttpRequest], Any], layers: tuple[Callable[..., Any], ...]) -> Callable[..., Any]:
    """`handler` with these round it, the last of them outermost."""
    for layer in layers:
        handler = layer(handler)
    return handler


def written(page: reads.Page) -> bytes:
    """The body of an answer."""
    items = [{name: getattr(line, name) for name in _COLUMNS} for line in page.items]
    return json.dumps({"items": items, "next": page.next}).encode()


def sent(response: HttpResponse) -> Headers:
    """The headers of a response as they are sent."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]


def asked(query: str) -> dict[str, str]:
    """What is looked for. Raises `Elsewhere` unless it is plainly well formed."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError:
        raise Elsewhere from None
    found = dict(pairs)
    limit = found.get("limit", "50")
    if (
        len(found) != len(pairs)
        or not found.keys() <= _ASKED
        or not found.keys() & {"phone", "email", "q"}
        or any(len(value) > _LONGEST or not value.isprintable() for value in found.values())
        or not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= 200)
    ):
        raise Elsewhere
    return found


def secret(authorization: str) -> str:
    """The token of a request. Raises `Elsewhere`."""
    kind, _, word = authorization.partition(" ")
    if kind != "Bearer" or not 0 < len(word) <= 200:
        raise Elsewhere
    return word


def allow(viewer: Viewer) -> None:
    """Raises `Elsewhere` for those who may not ask."""
    if not (viewer.allows(SCOPE) and viewer.has_role(*ROLES)):
        raise Elsewhere


def _viewer(authorization: str) -> Viewer:
    """Who acts through the token. Raises `Elsewhere`, `TooMany`."""
    known = tokens.authenticate(secret(authorization))
    if known is None:
        raise Elsewhere
    token_id, viewer = known
    allow(viewer)
    throttle.check_leased("api", str(token_id), times=PACE, seconds=60, lease=PACE // 12)
    return viewer
