"""Office: the segments of a company's customers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ligne.customers import reads, services
from ligne.customers.models import Segment
from ligne.customers.rules import facts
from ligne.kit.errors import NotFound
from ligne.kit.http import only, viewer_of
from ligne.kit.saving import Data, VersionedForm, form_page
from ligne.kit.viewer import ADMINISTRATOR, SUPERVISOR
from ligne.staff import reads as staff
from ligne.staff.models import Principal

BOTH = ("GET", "HEAD", "POST")


class SegmentForm(VersionedForm):
    """A group of customers; its code is chosen once, for files and programs know it."""

    label = forms.CharField(label=_("Name"), max_length=80)
    slug = forms.CharField(
        label=_("Code"),
        max_length=40,
        required=False,
        help_text=_("By which files and programs name it; made from the name when left empty."),
    )
    tone = forms.ChoiceField(label=_("Colour"))
    active = forms.BooleanField(
        label=_("In service"),
        required=False,
        initial=True,
        help_text=_("Retired, it is no longer proposed; customers who are in it stay in it."),
    )

    def __init__(self, present: Segment | None, data: Any = None) -> None:
        same = ("label", "tone", "active", "version")
        super().__init__(data, initial={name: getattr(present, name) for name in same} if present else None)
        self.fields["tone"].choices = [(key, gettext(name)) for key, name in facts.TONES.items()]  # type: ignore[attr-defined]
        if present is not None:
            del self.fields["slug"]


@only(ADMINISTRATOR, SUPERVISOR)
def index(request: HttpRequest) -> HttpResponse:
    """A company's segments, those retired included: `?principal=<slug>`, else the first company."""
    viewer = viewer_of(request)
    principals, chosen = staff.principal_choice(viewer, request.GET.get("principal", ""))
    found = reads.segments(viewer, chosen.pk) if chosen else []
    context = {"principals": principals, "principal": chosen, "segments": found, "nav_slot": "office.nav"}
    return render(request, "customers/office_segments.html", context)


@only(ADMINISTRATOR, SUPERVISOR, methods=BOTH)
def create(request: HttpRequest, principal_slug: str) -> HttpResponse:
    """Name a segment."""
    _all, principal = staff.principal_choice(viewer_of(request), principal_slug)
    if principal is None:
        raise NotFound
    return _form(request, principal, None)


@only(ADMINISTRATOR, SUPERVISOR, methods=BOTH)
def edit(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Rename a segment, change its colour, retire it."""
    present = reads.segment(viewer_of(request), segment_id)
    return _form(request, present.principal, present)


def _form(request: HttpRequest, principal: Principal, present: Segment | None) -> HttpResponse:
    viewer = viewer_of(request)

    def form(data: Data) -> SegmentForm:
        return SegmentForm(reads.segment(viewer, present.pk) if present else None, data)

    def verb(sent: SegmentForm) -> None:
        values = sent.cleaned_data
        code = present.slug if present else values.pop("slug") or slugify(values["label"])[:40]
        services.set_segment(viewer, principal_id=principal.pk, slug=code, **values)

    back = f"{reverse('customers:segments')}?{urlencode({'principal': principal.slug})}"
    context = {"segment": present, "principal": principal, "back": back, "nav_slot": "office.nav"}
    page = "customers/office_segment.html"
    return form_page(request, form=form, verb=verb, template=page, context=context, done=back, said=gettext("Saved."))
