"""Form fields of the house."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ligne.kit import phones


class DateTimeField(forms.DateTimeField):
    """A local date and time chosen with the browser's own control, in the site's zone."""

    input_formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"))
        super().__init__(input_formats=self.input_formats, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Instants are shown in the site's zone."""
        if isinstance(value, datetime) and value.tzinfo:
            value = timezone.localtime(value).replace(tzinfo=None)
        return super().prepare_value(value)


class PhoneField(forms.CharField):
    """A telephone number as people type it, cleaned to E.164 ("" when empty and not required)."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}))
        kwargs.setdefault("max_length", 30)
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        """The number in E.164. Raises ValidationError."""
        text = str(super().clean(value))
        if not text:
            return ""
        number = phones.parse_or_none(text)
        if number is None:
            raise ValidationError(_("This is not a telephone number."), code="phone")
        return number
