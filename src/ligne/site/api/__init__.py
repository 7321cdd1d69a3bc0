"""The REST interface, put together: who may call it, what a refusal looks like, which app serves what."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser
from ninja.security import HttpBearer

from ligne.contacts.api import router as contacts
from ligne.customers.api import router as customers
from ligne.journal.api import router as journal
from ligne.kit import throttle
from ligne.kit.errors import DomainError, Invalid, NotFound, TooLarge
from ligne.kit.http import source
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer
from ligne.routing.api import router as routing
from ligne.site import env, errors
from ligne.staff.api import router as staff
from ligne.staff.services import tokens

# A token's pace, and that of a source that guesses tokens.
PACE, GUESSES = env.api_pace(), 30  # a minute
MOST_BYTES = 2 * 1024 * 1024


class Token(HttpBearer):
    """`Authorization: Bearer TOKEN`."""

    def authenticate(self, request: HttpRequest, token: str) -> Viewer | None:
        """The viewer who acts through the token. Raises `TooMany`, `TooLarge`."""
        if len(token) > 200:
            return None
        known = tokens.authenticate(token)
        if known is None:
            throttle.check_everywhere("api.guess", source(request), times=GUESSES, seconds=60)
            return None
        token_id, viewer = known
        throttle.check_leased("api", str(token_id), times=PACE, seconds=60, lease=PACE // 12)
        if _length(request) > MOST_BYTES:
            raise TooLarge(field="body")
        return viewer


class Json(Parser):
    """Bodies are JSON objects, nothing else."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """The object. Raises ValueError, which is answered as a body that cannot be read."""
        body = json.loads(request.body)
        if not isinstance(body, dict):
            raise TypeError("not an object")
        return body


api = NinjaAPI(
    title="Ligne Claire",
    version="1",
    description=(
        "Customers, exchanges, queues, presence, the journal and webhooks of a contact centre. Instants are ISO 8601 "
        "with an offset, telephone numbers E.164, durations seconds, money integer cents with a currency. A list is "
        '`{"items", "next"}`: ask again with `cursor` set to `next` until it is null.'
    ),
    auth=Token(),
    parser=Json(),
    docs_url=None,
    urls_namespace="api",
)
for router in (customers, contacts, routing, staff, journal):
    api.add_router("", router)


for _router in (customers, contacts, routing, staff, journal):
    for _view in _router.path_operations.values():
        for _operation in _view.operations:
            _operation.openapi_extra = {"x-scope": getattr(_operation.view_func, "scope", "")}


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


@api.exception_handler(DomainError)
def _refused(request: HttpRequest, error: Any) -> HttpResponse:
    return errors.answer(request, error)


@api.exception_handler(ValidationError)
def _unfit(request: HttpRequest, error: Any) -> HttpResponse:
    """The first field that does not fit, named."""
    first = error.errors[0] if error.errors else {}
    path = [str(part) for part in first.get("loc", ())]
    if path and path[0] in {"body", "query", "path"}:
        path = path[2:] if path[0] == "body" and len(path) > 2 else path[1:]
    name = ".".join(path)
    sentence = N_("“%(name)s” does not fit: %(problem)s.")
    return errors.answer(
        request, Invalid(sentence, field=name or "body", name=name or "body", problem=first.get("msg", ""))
    )


@api.exception_handler(AuthenticationError)
def _unknown(request: HttpRequest, error: Any) -> HttpResponse:
    body = {
        "error": "unauthorized",
        "message": gettext("A valid token is needed: Authorization: Bearer TOKEN."),
        "field": None,
    }
    response = api.create_response(request, body, status=401)
    response["WWW-Authenticate"] = 'Bearer realm="Ligne Claire"'
    return response


@api.exception_handler(Http404)
def _missing(request: HttpRequest, error: Any) -> HttpResponse:
    return errors.answer(request, NotFound())


@api.exception_handler(HttpError)
def _wrong_use(request: HttpRequest, error: Any) -> HttpResponse:
    """What ninja itself refuses: a body that is not JSON."""
    refusal = Invalid(N_("The request is not a JSON object. Nothing was done."), field="body")
    return errors.answer(request, refusal)


__all__ = ["api"]
