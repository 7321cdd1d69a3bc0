"""Office: reasons for contact and reply templates, one company at a time."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import slugify
from django.utils.translation import gettext

from ligne.contacts import reads, services
from ligne.contacts.forms_reference import ReasonForm, TemplateForm, written_channels
from ligne.contacts.models import Reason, Template
from ligne.contacts.rules import filling
from ligne.kit.errors import NotFound
from ligne.kit.http import only, viewer_of
from ligne.kit.saving import Data, form_page
from ligne.kit.viewer import ADMINISTRATOR, SUPERVISOR, Viewer
from ligne.staff import reads as staff
from ligne.staff.models import Principal

BOTH = ("GET", "HEAD", "POST")
NAV = {"nav_slot": "office.nav"}


def _principal(viewer: Viewer, slug: str) -> Principal:
    found = staff.principal_choice(viewer, slug)[1]
    if found is None:
        raise NotFound
    return found


def _chosen(request: HttpRequest) -> dict[str, Any]:
    """The companies to choose from, and the one whose list is shown: `?principal=<slug>`, else the first."""
    principals, chosen = staff.principal_choice(viewer_of(request), request.GET.get("principal", ""))
    return {**NAV, "principals": principals, "principal": chosen}


def _list(name: str, principal: Principal) -> str:
    return f"{reverse(f'contacts_office:{name}')}?{urlencode({'principal': principal.slug})}"


def _page(request: HttpRequest, *, context: dict[str, Any], **how: Any) -> HttpResponse:
    """A page with one form, which leads back to the list."""
    return form_page(request, context=context, done=context["back"], said=gettext("Saved."), **how)


# -- reasons for contact ---------------------------------------------------------------------------------------------


@only(ADMINISTRATOR, SUPERVISOR)
def reasons(request: HttpRequest) -> HttpResponse:
    """The two levels of a company's reasons, those out of service included."""
    context = _chosen(request)
    groups: list[tuple[Reason, list[Reason]]] = []
    if context["principal"]:
        for one in reads.every_reason(viewer_of(request), context["principal"].pk):
            if one.parent_id is None:
                groups.append((one, []))
            else:
                groups[-1][1].append(one)
    return render(request, "contacts/office_reasons.html", context | {"groups": groups})


@only(ADMINISTRATOR, SUPERVISOR, methods=BOTH)
def reason_new(request: HttpRequest, principal_slug: str) -> HttpResponse:
    """Add a reason to a company's list; `?under=<slug>` proposes its heading."""
    viewer = viewer_of(request)
    principal = _principal(viewer, principal_slug)

    def form(data: Data) -> ReasonForm:
        made = ReasonForm(viewer, principal.pk, None, data)
        made.initial["parent"] = request.GET.get("under", "")
        return made

    def verb(sent: ReasonForm) -> None:
        values = sent.cleaned_data
        values["slug"] = values["slug"] or slugify(values["label"])[:50]
        services.put_reason(viewer, principal_id=principal.pk, **values)

    context = {**NAV, "principal": principal, "reason": None, "back": _list("reasons", principal)}
    return _page(request, form=form, verb=verb, template="contacts/office_reason.html", context=context)


@only(ADMINISTRATOR, SUPERVISOR, methods=BOTH)
def reason(request: HttpRequest, reason_id: int) -> HttpResponse:
    """Rename a reason, put it under another heading, take it out of service."""
    viewer = viewer_of(request)
    present = reads.reason(viewer, reason_id)
    principal = present.principal

    def form(data: Data) -> ReasonForm:
        return ReasonForm(viewer, principal.pk, reads.reason(viewer, reason_id), data)

    def verb(sent: ReasonForm) -> None:
        services.put_reason(viewer, principal_id=principal.pk, slug=present.slug, **sent.cleaned_data)

    context = {**NAV, "principal": principal, "reason": present, "back": _list("reasons", principal)}
    return _page(request, form=form, verb=verb, template="contacts/office_reason.html", context=context)


@only(ADMINISTRATOR, SUPERVISOR, methods=("POST",))
def reason_move(request: HttpRequest, reason_id: int) -> HttpResponse:
    """Let a reason change places with its neighbour above (`to=up`) or below."""
    viewer = viewer_of(request)
    principal = reads.reason(viewer, reason_id).principal
    services.move_reason(viewer, reason_id=reason_id, up=request.POST.get("to") == "up")
    return redirect(f"{_list('reasons', principal)}#reason-{reason_id}")


# -- reply templates -------------------------------------------------------------------------------------------------


def _preview(text: str, principal: Principal) -> dict[str, Any]:
    return {"parts": list(filling.parts(text, filling.EXAMPLE | {"societe": principal.name})), "principal": principal}


@only(ADMINISTRATOR, SUPERVISOR)
def templates(request: HttpRequest) -> HttpResponse:
    """A company's replies ready to adapt."""
    context = _chosen(request)
    labels = {key: gettext(label) for key, label in written_channels()}
    rows = []
    if context["principal"]:
        found = reads.templates(viewer_of(request), context["principal"].pk)
        rows = [(one, [labels.get(key, key) for key in one.channels]) for one in found]
    return render(request, "contacts/office_templates.html", context | {"rows": rows})


@only(ADMINISTRATOR, SUPERVISOR, methods=BOTH)
def template_new(request: HttpRequest, principal_slug: str) -> HttpResponse:
    """Write a reply ready to adapt."""
    principal = _principal(viewer_of(request), principal_slug)
    return _template_form(request, principal, None)


@only(ADMINISTRATOR, SUPERVISOR, methods=BOTH)
def template(request: HttpRequest, template_id: int) -> HttpResponse:
    """Change a reply ready to adapt."""
    present = reads.template(viewer_of(request), template_id)
    return _template_form(request, present.principal, present)


def _template_form(request: HttpRequest, principal: Principal, present: Template | None) -> HttpResponse:
    viewer = viewer_of(request)

    def form(data: Data) -> TemplateForm:
        return TemplateForm(reads.template(viewer, present.pk) if present else None, data)

    def verb(sent: TemplateForm) -> None:
        values = sent.cleaned_data
        services.put_template(
            viewer,
            principal_id=principal.pk,
            template_id=present.pk if present else None,
            for_channels=values.pop("channels"),
            **values,
        )

    context = {
        **NAV,
        "template": present,
        "back": _list("templates", principal),
        "slots": filling.SLOTS,
        **_preview(request.POST.get("text", present.text if present else ""), principal),
    }
    return _page(request, form=form, verb=verb, template="contacts/office_template.html", context=context)


@only(ADMINISTRATOR, SUPERVISOR, methods=("POST",))
def template_preview(request: HttpRequest) -> HttpResponse:
    """The posted `text` filled with example facts, as a fragment; `principal` is the company's slug."""
    principal = _principal(viewer_of(request), request.POST.get("principal", ""))
    return render(request, "contacts/office_preview.html", _preview(request.POST.get("text", "")[:20_000], principal))


@only(ADMINISTRATOR, SUPERVISOR, methods=("POST",))
def template_remove(request: HttpRequest, template_id: int) -> HttpResponse:
    """Delete a reply ready to adapt."""
    viewer = viewer_of(request)
    principal = reads.template(viewer, template_id).principal
    services.remove_template(viewer, template_id=template_id)
    messages.success(request, gettext("The template is deleted. Replies written from it stay as they are."))
    return redirect(_list("templates", principal))
