"""What the pages share: numbers in addresses, where a form leads back to."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

UNMASKED = "customers_unmasked"


def number(text: str | None) -> int | None:
    """A positive id given in an address or a form; None for anything else."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > 18:
        return None
    return int(text) or None


def unmasked(request: HttpRequest, customer_id: int, contact_id: int | None) -> bool:
    """Whether this person asked, with a reason, to see this file beside this exchange (kept in their session)."""
    return [customer_id, contact_id] in request.session.get(UNMASKED, [])


def remember_unmasked(request: HttpRequest, customer_id: int, contact_id: int | None) -> None:
    """Keep in the session that they asked; the twenty latest."""
    kept: list[Any] = request.session.get(UNMASKED, [])
    request.session[UNMASKED] = [*kept, [customer_id, contact_id]][-20:]
