"""Forms of exchanges."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from ligne.kit.forms import DateTimeField


class CallBackForm(forms.Form):
    """A promise to call: number, window, topic, and who keeps it."""

    phone = forms.CharField(label=_("Telephone"), max_length=30, widget=forms.TextInput(attrs={"type": "tel"}))
    start = DateTimeField(label=_("Call from"))
    length = forms.TypedChoiceField(
        label=_("Within"),
        coerce=int,
        choices=[(30, _("30 minutes")), (60, _("one hour")), (120, _("two hours")), (240, _("half a day"))],
    )
    topic = forms.CharField(label=_("About"), max_length=300, required=False)
    mine = forms.BooleanField(label=_("I make this call myself"), required=False, initial=True)
