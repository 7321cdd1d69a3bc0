"""Figures as people read them on the floor."""

from __future__ import annotations

from django import template
from django.utils import translation

register = template.Library()


@register.filter
def percent(share: float | None, digits: int = 0) -> str:
    """A share (0 to 1) as a number of per cent without its sign: "82", "3,1"; an en dash without value."""
    if share is None:
        return "–"
    text = f"{share * 100:.{digits}f}"
    return text.replace(".", ",") if (translation.get_language() or "fr").startswith("fr") else text


@register.filter
def part(share: float | None, whole: float) -> str:
    """A share (0 to 1) of `whole`, for drawing, whatever the reader's decimal sign; 0 without value."""
    return f"{(share or 0) * whole:.1f}"


@register.filter
def part_percent(percent_value: float, whole: float) -> str:
    """Per cent (0 to 100) of `whole`, for drawing."""
    return part(percent_value / 100, whole)
