"""Template tags of the house (owner: desk)."""

from django import template

register = template.Library()
