"""Forms of the journal's pages."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from ligne.journal import ports
from ligne.kit import bus
from ligne.kit.viewer import Viewer


def kinds() -> list[tuple[str, str]]:
    """(kind, label) of every kind of entry, by label."""
    return sorted(((kind, gettext(ports.words.get(kind, kind))) for kind in bus.kinds), key=lambda row: row[1])


class Filter(forms.Form):
    """What of the journal is shown; everything is optional."""

    kind = forms.ChoiceField(label=_("What happened"), required=False)
    actor = forms.TypedChoiceField(label=_("Who did it"), coerce=int, empty_value=None, required=False)
    customer = forms.IntegerField(label=_("Customer's number"), required=False, min_value=1, max_value=2**63 - 1)
    since = forms.DateField(
        label=pgettext_lazy("day", "From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=pgettext_lazy("day", "To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = sorted(ports.known("people", viewer).items(), key=lambda row: row[1])
        self.fields["kind"].choices = [("", gettext("Everything")), *kinds()]  # type: ignore[attr-defined]
        self.fields["actor"].choices = [("", gettext("Anybody")), *people]  # type: ignore[attr-defined]

    def asked(self) -> dict[str, Any]:
        """The filters as `reads.entries` takes them; fields that do not fit are left out."""
        values = getattr(self, "cleaned_data", {}) if self.is_valid() or self.is_bound else {}
        asked: dict[str, Any] = {
            "customer_id": values.get("customer"),
            "actor_id": values.get("actor"),
            "kinds": [values["kind"]] if values.get("kind") else None,
        }
        if values.get("since"):
            asked["since"] = timezone.make_aware(datetime.combine(values["since"], time.min))
        if values.get("until"):
            asked["until"] = timezone.make_aware(datetime.combine(values["until"], time.max))
        return asked


class NewWebhook(forms.Form):
    """An address to be told what happens."""

    principal_id = forms.TypedChoiceField(label=_("Principal"), coerce=int)
    url = forms.CharField(label=_("Address"), max_length=500, help_text=_("Begins with https://."))
    kinds = forms.MultipleChoiceField(
        label=_("What is told"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text=_("Nothing chosen: everything."),
    )
    personal = forms.BooleanField(
        label=_("With personal data"),
        required=False,
        help_text=_("Names, addresses and numbers leave the centre. Only for a receiver bound by contract."),
    )

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        principals = sorted(ports.known("principals", viewer).items(), key=lambda row: row[1])
        self.fields["principal_id"].choices = principals  # type: ignore[attr-defined]
        self.fields["kinds"].choices = kinds()  # type: ignore[attr-defined]
