"""The forms of the public call-back pages."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy

from ligne.channels.web.reads import Offer
from ligne.channels.web.rules.windows import Window

NOW = "now"
Choice = tuple[str, str]


def slot_label(window: Window) -> str:
    """ "mardi 24 novembre, 10 h 00 – 11 h 00" in the present time zone."""
    start, end = (timezone.localtime(moment) for moment in window)
    day = date_format(start, gettext("l j F"))
    return f"{day}, {date_format(start, 'TIME_FORMAT')} – {date_format(end, 'TIME_FORMAT')}"


def choices_of(offer: Offer, *, with_now: bool) -> list[Choice]:
    """The moments to choose from, in the queue's zone."""
    now = [(NOW, gettext("As soon as possible"))] if with_now and offer.now else []
    with timezone.override(offer.front.zone):
        return now + [(slot[0].isoformat(), slot_label(slot)) for slot in offer.slots]


class WhenForm(forms.Form):
    """Choosing a moment for a call that was promised already."""

    start = forms.ChoiceField(label=gettext_lazy("When we should call you"))

    def __init__(self, *args: Any, offer: Offer, with_now: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["start"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices_of(offer, with_now=with_now)

    def clean_start(self) -> datetime | None:
        """The chosen instant; None for as soon as possible."""
        value = self.cleaned_data["start"]
        return None if value == NOW else datetime.fromisoformat(value)


class CallBackForm(WhenForm):
    """Asking to be called back."""

    field_order = ("phone", "start", "topic", "name")

    form_token = forms.CharField(widget=forms.HiddenInput, max_length=64)
    phone = forms.CharField(
        label=gettext_lazy("Your telephone number"),
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    topic = forms.CharField(label=gettext_lazy("What the call is about"), max_length=300, required=False)
    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def __init__(self, *args: Any, offer: Offer, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"form_token": secrets.token_urlsafe(16)})
        super().__init__(*args, offer=offer, with_now=True, **kwargs)
