"""Office: keys for programs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from ligne.kit import clock
from ligne.kit.errors import DomainError
from ligne.kit.http import only, sentence_of, viewer_of
from ligne.kit.viewer import ADMINISTRATOR, Viewer
from ligne.staff import reads
from ligne.staff.services import tokens


class NewTokenForm(forms.Form):
    """A key to make."""

    name = forms.CharField(label=_("What it is for"), max_length=80)
    user_id = forms.TypedChoiceField(label=_("Acts as"), coerce=int)
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=[(scope, scope) for scope in tokens.SCOPES],
        widget=forms.SelectMultiple(attrs={"size": len(tokens.SCOPES)}),
    )
    days = forms.IntegerField(label=_("Days until it ends"), min_value=1, max_value=3650, initial=365)

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(p.pk, f"{p.name} · {p.email}") for p in reads.people(viewer)]
        self.fields["user_id"].choices = people  # type: ignore[attr-defined]


@only(ADMINISTRATOR, methods=("GET", "HEAD", "POST"))
def index(request: HttpRequest) -> HttpResponse:
    """Every key, and a form for another; the secret is shown this once."""
    viewer = viewer_of(request)
    form = NewTokenForm(viewer, request.POST or None)
    secret, status = "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            values = form.cleaned_data
            ends = clock.now() + timedelta(days=values.pop("days"))
            try:
                secret, _row = tokens.create(viewer, expires_at=ends, **values)
                form, status = NewTokenForm(viewer), 201
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, sentence_of(error))
    context = {
        "form": form,
        "tokens": tokens.listed(viewer),
        "secret": secret,
        "now": clock.now(),
        "nav_slot": "office.nav",
    }
    return render(request, "staff/tokens.html", context, status=status)


@only(ADMINISTRATOR, methods=("POST",))
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """Take a key back."""
    tokens.revoke(viewer_of(request), token_id=token_id)
    messages.success(request, _t("The key is revoked; programs that use it are refused from now on."))
    return redirect("staff:tokens")
