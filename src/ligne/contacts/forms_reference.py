"""Forms of the office: reasons for contact and reply templates."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ligne.contacts import reads
from ligne.contacts.models import Reason, Template
from ligne.contacts.ports import channels
from ligne.kit.saving import VersionedForm
from ligne.kit.viewer import Viewer


class ReasonForm(VersionedForm):
    """A reason for contact; its short name is chosen once, for programs know it."""

    label = forms.CharField(label=_("Name"), max_length=120)
    parent = forms.ChoiceField(label=_("Under the heading"), required=False)
    slug = forms.CharField(
        label=_("Short name"),
        max_length=50,
        required=False,
        help_text=_("By which programs name it; made from the name when left empty."),
    )
    active = forms.BooleanField(
        label=_("In service"),
        required=False,
        initial=True,
        help_text=_("Out of service, it is no longer offered; what was classified with it stays as it is."),
    )

    def __init__(self, viewer: Viewer, principal_id: int, present: Reason | None, data: Any = None) -> None:
        initial = None
        if present is not None:
            initial = {
                "label": present.label,
                "parent": present.parent.slug if present.parent else "",
                "active": present.active,
                "version": present.version,
            }
        super().__init__(data, initial=initial)
        if present is not None:
            del self.fields["slug"]
        headings = [
            (one.slug, one.label)
            for one in reads.every_reason(viewer, principal_id)
            if one.parent_id is None and one != present
        ]
        self.fields["parent"].choices = [("", gettext("None: it is a heading itself")), *headings]  # type: ignore[attr-defined]


class TemplateForm(VersionedForm):
    """A reply ready to adapt."""

    title = forms.CharField(label=_("Title"), max_length=120)
    shortcut = forms.CharField(
        label=_("Shortcut"),
        max_length=52,
        help_text=_("What an advisor types after :: to find it: small letters, digits, hyphens."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    channels = forms.MultipleChoiceField(
        label=_("Channels"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: it is offered on every channel."),
    )
    text = forms.CharField(label=_("Text"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 10}))

    def __init__(self, present: Template | None, data: Any = None) -> None:
        initial = None
        if present is not None:
            initial = {name: getattr(present, name) for name in ("title", "shortcut", "channels", "text", "version")}
        super().__init__(data, initial=initial)
        written = [(key, gettext(label)) for key, label in written_channels()]
        self.fields["channels"].choices = written  # type: ignore[attr-defined]


def written_channels() -> list[tuple[str, str]]:
    """(key, English label) of the channels on which an advisor writes."""
    return [(c.traits.key, c.traits.label) for c in channels if c.traits.law != "voice"]
