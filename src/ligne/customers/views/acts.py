"""What is done inside the tabs of a file: each answers with its tab, and tells the file's head that it changed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from ligne.customers import panels, services
from ligne.customers.panels import forms
from ligne.kit.errors import DomainError, Invalid
from ligne.kit.http import only, viewer_of
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, ADVISOR, SUPERVISOR

WRITERS = (ADVISOR, SUPERVISOR, ADMINISTRATOR)


def _changed(response: HttpResponse) -> HttpResponse:
    """Tell the open page that the file's head is to be fetched again."""
    response["HX-Trigger"] = "customer-changed"
    return response


@only(*WRITERS, methods=("POST",))
def add_point(request: HttpRequest, customer_id: int) -> HttpResponse:
    """A telephone or an e-mail."""
    form = forms.PointForm(request.POST)
    if form.is_valid():
        try:
            services.add_point(
                viewer_of(request),
                customer_id=customer_id,
                kind=form.kind,
                value=form.cleaned_data["value"],
                label=form.cleaned_data["label"],
            )
        except Invalid as error:
            error.field = "value"
            form.refuse(error)
        else:
            return _changed(panels.points_tab(request, customer_id))
    return panels.points_tab(request, customer_id, point_form=form)


@only(*WRITERS, methods=("POST",))
def change_point(request: HttpRequest, customer_id: int, point_id: int) -> HttpResponse:
    """Retire a point, prefer it, or note that it was verified."""
    verbs = {
        "retire": services.retire_point,
        "prefer": services.prefer_point,
        "verify": services.verify_point,
    }
    verb = verbs.get(request.POST.get("act", ""))
    if verb is None:
        raise Invalid(N_("Choose what to do with this contact point."), field="act")
    verb(viewer_of(request), point_id=point_id)
    return _changed(panels.points_tab(request, customer_id))


@only(*WRITERS, methods=("POST",))
def add_address(request: HttpRequest, customer_id: int) -> HttpResponse:
    """A postal address; it replaces the former one of the same use."""
    form = forms.AddressForm(request.POST)
    if form.is_valid():
        try:
            services.add_address(viewer_of(request), customer_id=customer_id, **form.cleaned_data)
        except Invalid as error:
            form.refuse(error)
        else:
            return _changed(panels.points_tab(request, customer_id))
    return panels.points_tab(request, customer_id, address_form=form)


@only(*WRITERS, methods=("POST",))
def retire_address(request: HttpRequest, customer_id: int, address_id: int) -> HttpResponse:
    """The customer no longer lives there."""
    services.retire_address(viewer_of(request), address_id=address_id)
    return _changed(panels.points_tab(request, customer_id))


@only(*WRITERS, methods=("POST",))
def consent(request: HttpRequest, customer_id: int) -> HttpResponse:
    """An agreement just given."""
    form = forms.ConsentForm(request.POST)
    if form.is_valid():
        try:
            services.consent(viewer_of(request), customer_id=customer_id, **form.cleaned_data)
        except Invalid as error:
            form.refuse(error)
        else:
            return _changed(panels.consents_tab(request, customer_id))
    return panels.consents_tab(request, customer_id, consent_form=form)


@only(*WRITERS, methods=("POST",))
def withdraw(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Agreements withdrawn: of one channel, or all of them."""
    services.withdraw(viewer_of(request), customer_id=customer_id, channel=request.POST.get("channel", ""))
    return _changed(panels.consents_tab(request, customer_id))


@only(*WRITERS, methods=("POST",))
def oppose(request: HttpRequest, customer_id: int) -> HttpResponse:
    """No more solicitation, by one channel or at all."""
    services.oppose(viewer_of(request), customer_id=customer_id, channel=request.POST.get("channel", ""))
    return _changed(panels.consents_tab(request, customer_id))


@only(*WRITERS, methods=("POST",))
def lift(request: HttpRequest, customer_id: int) -> HttpResponse:
    """The customer asked to be contacted again."""
    services.lift(viewer_of(request), customer_id=customer_id, channel=request.POST.get("channel", ""))
    return _changed(panels.consents_tab(request, customer_id))


@only(*WRITERS, methods=("POST",))
def link(request: HttpRequest, customer_id: int) -> HttpResponse:
    """A tie: `other` is `kind` of this customer."""
    form = forms.LinkForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        try:
            services.link(viewer_of(request), customer_id=told["other"], other_id=customer_id, kind=told["kind"])
        except DomainError as error:
            error.field = "other"
            form.refuse(error)
        else:
            return _changed(panels.ties_tab(request, customer_id))
    return panels.ties_tab(request, customer_id, link_form=form)


@only(*WRITERS, methods=("POST",))
def unlink(request: HttpRequest, customer_id: int, link_id: int) -> HttpResponse:
    """End a tie."""
    services.unlink(viewer_of(request), link_id=link_id)
    return _changed(panels.ties_tab(request, customer_id))


@only(*WRITERS, methods=("POST",))
def tell_apart(request: HttpRequest, customer_id: int, other_id: int) -> HttpResponse:
    """These two are not the same customer."""
    services.tell_apart(viewer_of(request), one_id=customer_id, other_id=other_id)
    return _changed(panels.duplicates_tab(request, customer_id))
