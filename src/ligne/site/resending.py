"""A request that was sent again, because its answer was lost, is done once."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from ligne.kit import once

_CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Once:
    """Heed `Idempotency-Key` on what changes something: the same key, from the same person or program at the same
    address, is carried out once. The second time is answered 409 `already_done`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        key = request.headers.get("Idempotency-Key", "")[: once.LONGEST_KEY]
        who = _who(request)
        if not key or not who or request.method not in _CHANGES:
            return self.get_response(request)
        with once.request(key, who, request.method, request.path):
            return self.get_response(request)


def _who(request: HttpRequest) -> str:
    if request.user.is_authenticated:
        return f"user {request.user.pk}"
    return request.headers.get("Authorization", "")
