"""What is done inside the tabs of a file: each answers with its tab, and tells the file's head that it changed."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from ligne.customers import panels, reads, services
from ligne.customers.panels import forms
from ligne.kit import downloads
from ligne.kit.errors import Conflict, DomainError, Forbidden, Invalid
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
    form = forms.ConsentForm(request.POST, request.FILES)
    if form.is_valid():
        told = form.cleaned_data | {"file": _proof(form.cleaned_data["file"])}
        try:
            services.consent(viewer_of(request), customer_id=customer_id, **told)
        except Invalid as error:
            form.refuse(error)
        else:
            return _changed(panels.consents_tab(request, customer_id))
    return panels.consents_tab(request, customer_id, consent_form=form)


def _proof(upload: UploadedFile[Any] | None) -> services.ProofFile | None:
    return services.ProofFile(upload.name or "", upload.read()) if upload is not None else None


@only(*WRITERS, methods=("POST",))
def attach_proof(request: HttpRequest, customer_id: int, consent_id: int) -> HttpResponse:
    """The file that proves a consent noted before."""
    form = forms.ProofForm(request.POST, request.FILES, prefix=str(consent_id))
    if form.is_valid():
        file = _proof(form.cleaned_data["file"])
        assert file is not None  # noqa: S101 - required by the form
        try:
            services.attach_proof(viewer_of(request), customer_id=customer_id, consent_id=consent_id, file=file)
        except (Invalid, Conflict) as error:
            form.refuse(error)
        else:
            return _changed(panels.consents_tab(request, customer_id))
    return panels.consents_tab(request, customer_id, proof_form=form)


@only()
def proof(request: HttpRequest, customer_id: int, consent_id: int) -> HttpResponseBase:
    """The file that proves a consent, to download; not while the file is masked."""
    viewer = viewer_of(request)
    found = reads.proof(viewer, customer_id, consent_id)
    if panels.is_masked(request, viewer, customer_id):
        raise Forbidden(N_("Prove the customer's identity first: what is masked is not handed out."))
    return downloads.stored(found.attachment, found.attachment_name)


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
