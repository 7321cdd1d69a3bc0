"""What the pages share: refused forms shown again, numbers in addresses, where a form leads back to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext

from ligne.kit.errors import DomainError

UNMASKED = "customers_unmasked"


def sentence(error: DomainError) -> str:
    """The error's sentence in the reader's language, with its facts."""
    facts = {key: gettext(value) if isinstance(value, str) and value else value for key, value in error.facts.items()}
    text = gettext(error.sentence)
    return text % facts if facts else text


class Refusable(forms.Form):
    """A form whose errors come from the domain: the verbs check, the form shows."""

    def refuse(self, error: DomainError) -> None:
        """Show a domain error beside its field, or above the form."""
        self.add_error(error.field if error.field in self.fields else None, sentence(error))


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
