"""What every app's part of the REST interface shares: schemas, safe types, scopes.

Modules of operations do without `from __future__ import annotations`: the types of an operation are read where
`scoped` stands, and names written as text would be looked up there.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Annotated, Any, Generic, TypeVar

from django.http import HttpRequest
from ninja import Schema
from pydantic import AfterValidator, Field

from ligne.kit import acting
from ligne.kit.errors import Forbidden, Invalid
from ligne.kit.text import N_
from ligne.kit.viewer import ROLES, Viewer

BIGGEST_ID = 2**63 - 1
Item = TypeVar("Item")


def _storable(value: str) -> str:
    """PostgreSQL keeps neither NUL nor half a character."""
    if "\x00" in value:
        raise ValueError("must not contain NUL")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("must be valid Unicode") from None
    return value


def _in_range(value: datetime) -> datetime:
    """Within what a database and a time zone can hold; without an offset it is UTC."""
    if not 1900 <= value.year <= 2200:
        raise ValueError("must lie between 1900 and 2200")
    return value if value.tzinfo else value.replace(tzinfo=UTC)


Text = Annotated[str, AfterValidator(_storable)]
Instant = Annotated[datetime, AfterValidator(_in_range)]
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
            with acting.through_a_program():
                return operation(request, *args, **kwargs)

        guarded.scope = scope  # type: ignore[attr-defined]
        return guarded

    return decorate


class Page(Schema):
    """Which part of a list is asked for; what can be asked of a list adds its fields."""

    cursor: Cursor = Field(default="", description="The `next` of the page before; empty for the first.")
    limit: Limit = Field(default=50, description="How many at most.")


class Listed(Schema, Generic[Item]):
    """A page of things; `next` is the `cursor` of the following page, null on the last."""

    items: list[Item]
    next: str | None = Field(default=None, examples=[None])


def number_of(cursor: str) -> int | None:
    """The id that a cursor holds; None for the first page. Raises `Invalid`."""
    if not cursor:
        return None
    if not cursor.isascii() or not cursor.isdigit() or int(cursor) > BIGGEST_ID:
        raise Invalid(N_("This page of the list does not exist; start from the first."), field="cursor")
    return int(cursor)


__all__ = [
    "REFUSALS",
    "Id",
    "Instant",
    "Listed",
    "Page",
    "Problem",
    "Schema",
    "ShortText",
    "Text",
    "number_of",
    "scoped",
    "viewer",
]
