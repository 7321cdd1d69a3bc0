"""Pages of customers: the list, the file, a new one, changing it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext

from ligne.customers import panels, reads, services
from ligne.customers.errors import StaleFile
from ligne.customers.models import Customer, Segment
from ligne.customers.panels import common, forms
from ligne.customers.rules import facts
from ligne.kit import phones
from ligne.kit.errors import DomainError, Invalid
from ligne.kit.http import only, sentence_of, viewer_of
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, ADVISOR, QUALITY, SUPERVISOR, Viewer
from ligne.staff import reads as staff

WRITERS = (ADVISOR, SUPERVISOR, ADMINISTRATOR)
FILTERS = ("principal", "kind", "status", "segment", "name", "q")


@only()
def index(request: HttpRequest) -> HttpResponse:
    """Customers in order of name, filtered, by pages that cost the same at any depth; `q` searches instead."""
    viewer = viewer_of(request)
    asked = {name: request.GET.get(name, "").strip()[:200] for name in FILTERS}
    understood: list[str] = []
    if asked["q"]:
        looked = reads.look(viewer, asked["q"], 30, principal_id=common.number(asked["principal"]))
        found, understood = reads.Page(looked.items), looked.understood
    else:
        found = reads.page(
            viewer,
            principal_id=common.number(asked["principal"]),
            kind=asked["kind"],
            status=asked["status"],
            segment=asked["segment"],
            name=asked["name"],
            after=request.GET.get("after", ""),
        )
    kept = urlencode({name: value for name, value in asked.items() if value})
    given = {
        "page": found,
        "understood": understood,
        "asked": asked,
        "kept": kept,
        "first": not request.GET.get("after"),
        "principals": [(str(p.pk), p.name) for p in staff.principals(viewer)],
        "kinds": forms.choices(facts.KINDS),
        "statuses": forms.choices(facts.STATUSES),
        "segments": Segment.objects.filter(principal_id__in=viewer.principals),
        "may_write": viewer.has_role(*WRITERS),
    }
    return render(request, "customers/list.html", given)


@only()
def search(request: HttpRequest) -> HttpResponse:
    """What the command palette shows for what is typed."""
    wanted = request.GET.get("q", "").strip()[:200]
    looked = reads.look(viewer_of(request), wanted, 8) if len(wanted) > 1 else reads.Found([], [])
    given: dict[str, Any] = {"found": looked.items, "understood": looked.understood, "wanted": wanted}
    typed = phones.parse_or_none(wanted) if not looked.items else None
    if typed:  # of nobody known: it can be called all the same
        given |= {"typed": typed, "callers": staff.principals(viewer_of(request))}
    return render(request, "customers/search.html", given)


@only()
def show(request: HttpRequest, customer_id: int) -> HttpResponse:
    """The file as a page; a merged file leads to the one that remains."""
    viewer = viewer_of(request)
    living = reads.survivor(viewer, customer_id)
    if living != customer_id:
        return redirect("customers:customer", living)
    return render(request, "customers/customer.html", panels.context_of_living(request, viewer, living))


@only(*WRITERS, methods=("GET", "POST"))
def new(request: HttpRequest) -> HttpResponse:
    """A new file, prefilled from the exchange it is opened for (`?contact=`) or from `name`, `phone`, `email`."""
    viewer = viewer_of(request)
    contact = panels.contact_of(request)
    told = _prefill(request, viewer, contact)
    served = [(p.pk, p.name) for p in staff.principals(viewer) if p.pk in viewer.principals]
    principal = told.get("principal_id") or (served[0][0] if served else None)
    bound = common.number(request.POST.get("principal_id")) or principal
    form = forms.NewFileForm(served, bound, request.POST if request.method == "POST" else None, initial=told)
    if request.method == "POST" and form.is_valid():
        try:
            customer = _create(viewer, form)
        except DomainError as error:
            form.refuse(error)
        else:
            return _opened(request, viewer, customer, contact)
    given = {"form": form, "contact_id": contact, "alike": _alike(viewer, principal, told) if principal else None}
    fragment = bool(request.headers.get("HX-Request"))
    template = "customers/_new.html" if fragment else "customers/new.html"
    return render(request, template, given, status=422 if form.errors else 200)


@only(*WRITERS, methods=("GET", "POST"))
def edit(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Change the identity part. A form opened on an older version shows both versions and overwrites nothing."""
    viewer = viewer_of(request)
    customer = reads.get(viewer, customer_id)
    if panels.is_masked(request, viewer, customer_id):
        raise Invalid(N_("Prove the customer's identity first: what is masked cannot be changed."))
    start = forms.initial_of(customer)
    form = forms.FileForm(customer.principal_id, request.POST if request.method == "POST" else None, initial=start)
    theirs: list[tuple[str, Any, Any]] = []
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            services.update(viewer, customer_id=customer_id, version=form.cleaned_data["version"] or 0, **form.facts())
        except StaleFile as error:
            theirs = _differences(form, customer)
            form.data = {**form.data.dict(), "version": str(error.present)}  # type: ignore[attr-defined]
            form.refuse(error)
            status = 409
        except DomainError as error:
            form.refuse(error)
            status = 422
        else:
            return _back(request, viewer, customer_id)
    given = {"form": form, "customer": customer, "theirs": theirs, "suffix": panels.query(request, masked=False)}
    fragment = bool(request.headers.get("HX-Request"))
    # htmx shows a refused form again on 422 only; the page of its own keeps the exact status.
    template = "customers/_edit.html" if fragment else "customers/edit.html"
    return render(request, template, given, status=422 if fragment and status != 200 else status)


@only(ADVISOR, SUPERVISOR, QUALITY, methods=("POST",))
def unmask(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Show what is masked, for a reason that is kept in the journal."""
    viewer = viewer_of(request)
    contact = panels.contact_of(request)
    try:
        services.unmask(viewer, customer_id=customer_id, reason=request.POST.get("reason", ""), contact_id=contact)
    except Invalid as error:
        return panels.shown(request, viewer, customer_id, status=422, unmask_error=sentence_of(error))
    common.remember_unmasked(request, customer_id, contact)
    return panels.shown(request, viewer, customer_id)


@only(SUPERVISOR, ADMINISTRATOR, methods=("POST",))
def erase(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Erase the person's data at their request; the form asks to write the file's number as confirmation."""
    viewer = viewer_of(request)
    reads.get(viewer, customer_id)
    if common.number(request.POST.get("confirm")) != customer_id:
        messages.error(request, gettext("The number does not match. Nothing was erased."))
        return redirect("customers:customer", customer_id)
    services.erase(viewer, customer_id=customer_id, reason="request")
    messages.success(request, gettext("The personal data of file n° %(number)s is erased.") % {"number": customer_id})
    return redirect("customers:list")


def _prefill(request: HttpRequest, viewer: Viewer, contact: int | None) -> dict[str, Any]:
    told = {key: request.GET.get(key, "")[:200] for key in ("name", "phone", "email")}
    start: dict[str, Any] = {"kind": "person", "status": "customer"}
    known = reads.contact_facts(viewer, contact) if contact else None
    if known is not None:
        told = {"name": known.name, "phone": known.phone, "email": known.email}
        start["principal_id"] = known.principal_id
    first, _, last = told["name"].strip().rpartition(" ")
    return start | {"first_name": first, "last_name": last, "phone": told["phone"], "email": told["email"]}


def _alike(viewer: Viewer, principal_id: int, told: dict[str, Any]) -> reads.Identification | None:
    """Files that already fit what the form starts with: a new one is not opened before they were looked at."""
    name = f"{told['first_name']} {told['last_name']}".strip()
    if not (name or told["phone"] or told["email"]):
        return None
    return reads.identify(viewer, principal_id=principal_id, phone=told["phone"], email=told["email"], name=name)


def _create(viewer: Viewer, form: forms.NewFileForm) -> Customer:
    typed = form.cleaned_data
    return services.create(
        viewer,
        principal_id=typed["principal_id"],
        phones=[typed["phone"]],
        emails=[typed["email"]],
        address={name: typed[name] for name in ("line1", "postcode", "city")},
        **form.facts(),
    )


def _opened(request: HttpRequest, viewer: Viewer, customer: Customer, contact: int | None) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return panels.shown(request, viewer, customer.pk, tie_contact=contact)
    messages.success(request, gettext("The file is open."))
    return redirect("customers:customer", customer.pk)


def _back(request: HttpRequest, viewer: Viewer, customer_id: int) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return panels.shown(request, viewer, customer_id)
    return redirect(reverse("customers:customer", args=[customer_id]))


def _differences(form: forms.FileForm, customer: Customer) -> list[tuple[str, Any, Any]]:
    """(label, what the file says now, what was typed) where the two differ."""
    now = forms.initial_of(customer)
    found = []
    for name, typed in form.facts().items():
        present = now[name]
        if str(present or "") != str(typed or ""):
            found.append((str(form.fields[name].label), present or "–", typed or "–"))
    return found
