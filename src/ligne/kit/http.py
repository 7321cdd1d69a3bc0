"""Small helpers around requests, for the apps that serve the outside world."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt

from ligne.kit.errors import DomainError, Forbidden, Invalid
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer

View = Callable[..., HttpResponseBase]


def viewer_of(request: HttpRequest) -> Viewer:
    """The request's viewer."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return viewer


def only(*roles: str, methods: tuple[str, ...] = ("GET", "HEAD")) -> Callable[[View], View]:
    """Decorate a view for signed-in people of `roles` (any role when none is named), asked by `methods`.

    A visitor is sent to sign in; a fragment asked for after the session ended gets 401, so that the open page stays as
    it is, with what is typed in it. Another role raises `Forbidden`.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in methods:
                return HttpResponse(status=405, headers={"Allow": ", ".join(methods)})
            if not request.user.is_authenticated:
                if request.headers.get("HX-Request"):
                    return HttpResponse(status=401)
                return redirect_to_login(request.get_full_path())
            if roles and not viewer_of(request).has_role(*roles):
                raise Forbidden
            return view(request, *args, **kwargs)

        return wrapped

    return decorate


def open_to_any_site(*methods: str) -> Callable[[View], View]:
    """Decorate a view that scripts of any site may call with `methods`, without cookies.

    The preflight is answered here; the headers on answers and refusals are set by the site's middleware.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            request.open_to_any_site = True  # type: ignore[attr-defined]
            if request.method == "OPTIONS":
                response = HttpResponse(status=204)
                response["Access-Control-Allow-Methods"] = ", ".join(methods)
                response["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
                response["Access-Control-Max-Age"] = "86400"
                return response
            if request.method not in methods:
                return HttpResponse(status=405, headers={"Allow": ", ".join(methods)})
            return view(request, *args, **kwargs)

        return csrf_exempt(wrapped)

    return decorate


def json_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object in the request's body, whatever type it announces. Raises `Invalid`."""
    try:
        body = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Invalid(N_("The request is not a JSON object. Nothing was done."), field="body")
    return body


def words(body: dict[str, Any], name: str, limit: int, *, default: str = "") -> str:
    """The text called `name`, without what PostgreSQL cannot keep, at most `limit` characters. Raises `Invalid`."""
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise Invalid(N_("“%(name)s” must be text. Nothing was done."), field=name, name=name)
    clean = value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8").strip()
    if len(clean) > limit:
        raise Invalid(
            N_("“%(name)s” is too long: at most %(limit)s characters. Nothing was done."),
            field=name,
            name=name,
            limit=limit,
        )
    return clean


def bearer(request: HttpRequest) -> str:
    """The token of `Authorization: Bearer …`, or ""."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def source(request: HttpRequest) -> str:
    """Who the request comes from, for throttling: the client's address (of IPv6 the /64, which one subscriber has
    whole); "" for a program on this very machine."""
    address = str(request.META.get("REMOTE_ADDR") or "?")
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    if address in {"127.0.0.1", "::1"} and not forwarded:
        return ""
    return str(ipaddress.ip_network(f"{address}/64", strict=False)) if _is_ipv6(address) else address


def _is_ipv6(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).version == 6
    except ValueError:
        return False


def sentence_of(error: DomainError) -> str:
    """The error's sentence in the active language, with its facts (translated where they are sentences)."""
    facts = {k: gettext(v) if isinstance(v, str) and v else v for k, v in error.facts.items()}
    text = gettext(error.sentence)
    return text % facts if facts else text
