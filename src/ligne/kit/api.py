"""What every app's part of the REST interface shares: schemas, safe types, scopes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Schema
from pydantic import AfterValidator, Field

from ligne.kit.errors import Forbidden
from ligne.kit.text import N_
from ligne.kit.viewer import ROLES, Viewer

BIGGEST_ID = 2**63 - 1


def _storable(value: str) -> str:
    """PostgreSQL keeps neither NUL nor half a character."""
    if "\x00" in value:
        raise ValueError("must not contain NUL")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("must be valid Unicode") from None
    return value


Text = Annotated[str, AfterValidator(_storable)]
ShortText = Annotated[Text, Field(max_length=300)]
Id = Annotated[int, Field(ge=1, le=BIGGEST_ID)]
Cursor = Annotated[Text, Field(max_length=500)]
Limit = Annotated[int, Field(ge=1, le=200)]


class Problem(Schema):
    """Every refusal: a stable code, a sentence for people, and the field that does not fit (or null)."""

    error: str = Field(examples=["invalid"])
    message: str = Field(examples=["“12” is not a telephone number."])
    field: str | None = Field(default=None, examples=["phone"])


REFUSALS: dict[int, type[Problem]] = dict.fromkeys((401, 403, 404, 409, 413, 422, 429, 503), Problem)
"""The answers any operation may give instead of its own."""


def viewer(request: HttpRequest) -> Viewer:
    """Who acts through the request's token."""
    found: Viewer = request.auth  # type: ignore[attr-defined]
    return found


def scoped(scope: str, *roles: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate an operation: the token must carry `scope`, its person hold one of `roles` (none named: any)."""

    def decorate(operation: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(operation)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            who = viewer(request)
            if not who.allows(scope):
                raise Forbidden(N_("This token does not have the scope “%(scope)s”. Nothing was done."), scope=scope)
            if not who.has_role(*(roles or ROLES)):
                raise Forbidden
            return operation(request, *args, **kwargs)

        guarded.scope = scope  # type: ignore[attr-defined]
        return guarded

    return decorate


__all__ = ["REFUSALS", "Cursor", "Id", "Limit", "Problem", "Schema", "ShortText", "Text", "scoped", "viewer"]
