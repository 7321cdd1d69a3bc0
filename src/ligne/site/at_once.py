"""The shortest way: an exact telephone or e-mail, answered by the event loop itself.

What `site.quick` answers in a thread is answered here without one: who the token is and who holds the number are asked
in one question, and what Django's layers put round an answer is worked out once for all requests that are alike. The
token is looked at, its pace counted and the request logged and measured at each request, as on every other way.
"""

from __future__ import annotations

import asyncio
import io
import secrets
import time
from functools import cache, partial
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.urls import resolve

from ligne.customers import reads
from ligne.customers.reads import lines
from ligne.kit import throttle
from ligne.kit.asking import Sessions, Unanswered
from ligne.kit.errors import DomainError
from ligne.site import quick
from ligne.site.observe import note
from ligne.site.quick import Answer, Elsewhere, Headers
from ligne.staff.services import tokens


class AtOnce:
    """Made once the settings are known; lives in one event loop."""

    def __init__(self) -> None:
        self._heads = _Heads()
        self._sessions = Sessions()

    async def answer(self, scope: dict[str, Any]) -> Answer | None:
        """The answer; it is logged once it is on its way.

        None when a thread is to answer: whatever else is asked, while no session is free, and when something is to be
        written first (the token's last use, a new share of its pace).
        """
        began = time.perf_counter()
        try:
            body = await self._body(scope)
            request_id, head = self._heads.head(scope, len(body))
        except (Elsewhere, Unanswered, DomainError, SuspiciousOperation, UnicodeDecodeError):
            return None
        took = time.perf_counter() - began
        told = partial(note, "GET", _route(), 200, took, user_id=None, request_id=request_id)
        asyncio.get_running_loop().call_soon(told)
        return 200, head, body

    async def close(self) -> None:
        """Nothing more is asked."""
        await self._sessions.close()

    async def _body(self, scope: dict[str, Any]) -> bytes:
        asked = quick.asked(scope["query_string"].decode("ascii"))
        phone, email = reads.exact(asked.get("phone", ""), asked.get("email", ""))
        if "q" in asked or not (phone or email):
            raise Elsewhere
        authorization = b",".join(value for name, value in scope["headers"] if name == b"authorization")
        given = tokens.asked(quick.secret(authorization.decode("ascii"))) | {"phone": phone, "email": email}
        rows = await self._sessions.rows(_question(phone=bool(phone), email=bool(email)), given)
        _admit(rows)
        held = [lines.line(row[_OF_THE_TOKEN:]) for row in rows if row[_OF_THE_TOKEN] is not None]
        held.sort(key=lambda one: one.id)
        return quick.written(reads.Page(held[: int(asked.get("limit", "50"))]))


@cache
def _route() -> str:
    return resolve(quick.PATH).view_name


# -- who asks, and what ----------------------------------------------------------------------------------------------

_OF_THE_TOKEN = 8  # columns of `tokens.KNOWN`; those of `lines.statement` follow
_BOTH = "WITH who AS MATERIALIZED ({known}) SELECT who.*, held.* FROM who LEFT JOIN ({held}) AS held ON true"


@cache
def _question(*, phone: bool, email: bool) -> str:
    """Who the token is, on each row, and the customers of their principals who hold what is asked for; a row without a
    customer when nobody does, no row at all for a token that is not good."""
    held = lines.statement(phone=phone, email=email, principals="(SELECT principals FROM who)::bigint[]")
    return _BOTH.replace("{known}", tokens.KNOWN).replace("{held}", held)


def _admit(rows: list[tuple[Any, ...]]) -> None:
    """Let the holder of the token pass, at their pace. Raises `Elsewhere`."""
    key = tokens.told(rows[0][:_OF_THE_TOKEN]) if rows else None
    if key is None or not key.noted:
        raise Elsewhere
    quick.allow(key.viewer)
    if not throttle.spend_leased("api", str(key.id)):
        raise Elsewhere


# -- what stands at the top of an answer -----------------------------------------------------------------------------

_PRIVATE = frozenset({b"authorization", b"cookie"})  # nothing of an answer's head follows from them
_POLICY = b"content-security-policy"
_MOST = 200


class _Heads:
    """The headers of good answers. What Django's layers set follows from the request's own headers, so it is worked out
    once for all that are alike; only the request's id and the nonce are drawn for each."""

    def __init__(self) -> None:
        self._layered = quick.within(_nothing, quick.LAYERS)
        # What is the same each time, and the policy before and after its nonces.
        self._known: dict[tuple[Any, ...], tuple[Headers, list[bytes]]] = {}

    def head(self, scope: dict[str, Any], length: int) -> tuple[str, Headers]:
        """(the request's id, the headers of an answer of `length` bytes). Raises `Elsewhere`, `SuspiciousOperation`."""
        alike = (scope["scheme"], *(pair for pair in scope["headers"] if pair[0] not in _PRIVATE))
        known = self._known.get(alike)
        if known is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            known = self._known[alike] = self._worked_out(scope)
        same, policy = known
        request_id = secrets.token_hex(8)
        drawn = [
            (b"content-length", b"%d" % length),
            (_POLICY, secrets.token_urlsafe(16).encode().join(policy)),
            (b"x-request-id", request_id.encode()),
        ]
        return request_id, same + drawn

    def _worked_out(self, scope: dict[str, Any]) -> tuple[Headers, list[bytes]]:
        request = ASGIRequest(scope, io.BytesIO())
        response = self._layered(request)
        if response.status_code != 200:
            raise Elsewhere  # a layer has something else to say
        head = dict(quick.sent(response))
        del head[b"content-length"]
        policy = head.pop(_POLICY).split(request.csp_nonce.encode())  # type: ignore[attr-defined]
        return list(head.items()), policy


def _nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse(content_type=quick.JSON)
