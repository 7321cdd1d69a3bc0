"""Fragments of the customer's file: the panel beside an exchange, and its tabs."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext

from ligne.customers import reads
from ligne.customers.panels import common, forms
from ligne.customers.rules import facts, links
from ligne.kit.http import only, viewer_of
from ligne.kit.panels import Panel, in_slot
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, ADVISOR, SUPERVISOR, Viewer

HISTORY = 30

PANELS = [
    Panel("customer.tabs", "history", "customers:history", N_("History"), 10, "history"),
    Panel("customer.tabs", "points", "customers:points", N_("Contact details"), 20, "id"),
    Panel("customer.tabs", "consents", "customers:consents", N_("Consents"), 40, "shield-check"),
    Panel("customer.tabs", "ties", "customers:ties", N_("Family, company"), 50, "users"),
    Panel("customer.tabs", "duplicates", "customers:duplicates", N_("Duplicates"), 60, "copy"),
    Panel("office.nav", "segments", "customers:segments", N_("Segments"), 58, "tags", (ADMINISTRATOR, SUPERVISOR)),
    Panel("nav", "customers", "customers:list", N_("Customers"), 50, "users-group"),
    Panel(
        "office.nav",
        "import-customers",
        "customers:import",
        N_("Import, export"),
        60,
        "upload",
        (ADMINISTRATOR, SUPERVISOR),
    ),
]


@only()
def panel(request: HttpRequest, customer_id: int) -> HttpResponse:
    """The whole file as a fragment. `?contact=` the exchange it stands beside; masked until identity is proven."""
    return shown(request, viewer_of(request), customer_id)


def shown(request: HttpRequest, viewer: Viewer, customer_id: int, *, status: int = 200, **more: Any) -> HttpResponse:
    """The file's fragment, as `panel`; `more` goes to its template."""
    return render(request, "customers/panel.html", context(request, viewer, customer_id) | more, status=status)


def context(request: HttpRequest, viewer: Viewer, customer_id: int) -> dict[str, Any]:
    """What the file's templates need: the card, its tabs, what is masked and why. A merged file gives the one that
    remains."""
    return context_of_living(request, viewer, reads.survivor(viewer, customer_id))


def context_of_living(request: HttpRequest, viewer: Viewer, living: int) -> dict[str, Any]:
    """`context` of a file that is known to be no merged one."""
    contact = contact_of(request)
    masked = is_masked(request, viewer, living)
    proof = reads.contact_facts(viewer, contact) if contact else None
    suffix = query(request, masked=masked)
    return {
        "card": reads.card(viewer, living, masked=masked),
        "masked": masked,
        "contact_id": contact,
        "proof": proof.proof if proof and proof.customer_id == living else "",
        "tabs": tabs(viewer, living, suffix),
        "suffix": suffix,
        "may_write": viewer.has_role(ADVISOR, SUPERVISOR, ADMINISTRATOR),
        "may_erase": viewer.has_role(SUPERVISOR, ADMINISTRATOR),
    }


def tabs(viewer: Viewer, customer_id: int, suffix: str) -> list[dict[str, str]]:
    """The tabs of the file that every app declared, each told whether the file is masked."""
    found = []
    for each in in_slot("customer.tabs", viewer):
        try:
            url = reverse(each.url_name, args=[customer_id])
        except NoReverseMatch:
            continue
        found.append({"key": each.key, "label": gettext(each.label), "url": url + suffix})
    return found


def contact_of(request: HttpRequest) -> int | None:
    """The exchange the file stands beside."""
    return common.number(request.GET.get("contact") or request.POST.get("contact"))


def is_masked(request: HttpRequest, viewer: Viewer, customer_id: int) -> bool:
    """Masked when the desk says so (`?masked=1`) or identity is not proven, unless they asked to see, with a reason."""
    contact = contact_of(request)
    wanted = request.GET.get("masked") == "1" or reads.must_mask(viewer, customer_id, contact)
    return wanted and not common.unmasked(request, customer_id, contact)


def query(request: HttpRequest, *, masked: bool) -> str:
    """What the tabs' addresses carry on: "?contact=12&masked=1", or ""."""
    kept = {"contact": contact_of(request), "masked": "1" if masked else None}
    told = urlencode({key: value for key, value in kept.items() if value})
    return f"?{told}" if told else ""


@only()
def head(request: HttpRequest, customer_id: int) -> HttpResponse:
    """The identity part alone, fetched again when something in the tabs changed."""
    return render(request, "customers/_head.html", context(request, viewer_of(request), customer_id))


@only()
def history(request: HttpRequest, customer_id: int) -> HttpResponse:
    """What happened with this customer, newest first, by pages of thirty."""
    before = None
    if text := request.GET.get("before"):
        try:
            before = datetime.fromisoformat(text)
        except ValueError:
            before = None
    if before is not None and before.tzinfo is None:
        before = None
    entries = reads.timeline(viewer_of(request), customer_id, before=before, limit=HISTORY)
    template = "customers/_entries.html" if before else "customers/history.html"
    more = entries[-1].at.isoformat() if len(entries) == HISTORY else ""
    return render(request, template, {"entries": entries, "customer_id": customer_id, "more": more})


@only()
def points(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Telephones, e-mails, addresses."""
    return points_tab(request, customer_id)


def points_tab(request: HttpRequest, customer_id: int, **more: Any) -> HttpResponse:
    """The tab, with a refused form in `more` when there is one."""
    viewer = viewer_of(request)
    given = {"point_form": forms.PointForm(), "address_form": forms.AddressForm()} | more
    return _tab(request, viewer, customer_id, "customers/points.html", given)


@only()
def consents(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Agreements and oppositions."""
    return consents_tab(request, customer_id)


def consents_tab(request: HttpRequest, customer_id: int, **more: Any) -> HttpResponse:
    """The tab, with a refused form in `more` when there is one."""
    viewer = viewer_of(request)
    rows = reads.consents(viewer, customer_id)
    refused = more.get("proof_form")
    for row in rows:
        number = row["row"].pk
        mine = refused is not None and refused.prefix == str(number)
        row["proof_form"] = refused if mine else forms.ProofForm(prefix=str(number))
    given = {
        "consents": rows,
        "oppositions": reads.oppositions(viewer, customer_id),
        "channels": forms.choices(facts.CHANNELS),
        "consent_form": forms.ConsentForm(),
    }
    return _tab(request, viewer, customer_id, "customers/consents.html", given | more)


@only()
def ties(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Family and company."""
    return ties_tab(request, customer_id)


def ties_tab(request: HttpRequest, customer_id: int, **more: Any) -> HttpResponse:
    """The tab, with a refused form in `more` when there is one."""
    viewer = viewer_of(request)
    given = {"ties": reads.ties(viewer, customer_id), "link_form": forms.LinkForm()}
    return _tab(request, viewer, customer_id, "customers/ties.html", given | more)


@only()
def find_other(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Customers of the same company that fit what is typed, to tie one of them to this one."""
    viewer = viewer_of(request)
    own = reads.get(viewer, customer_id)
    wanted = request.GET.get("q", "").strip()
    found = reads.search(viewer, wanted, 6, principal_id=own.principal_id) if len(wanted) > 1 else []
    given = {
        "found": [s for s in found if s.id != customer_id],
        "wanted": wanted,
        "customer_id": customer_id,
        "kinds": forms.choices({key: kind.label for key, kind in links.KINDS.items()}),
    }
    return render(request, "customers/_others.html", given)


@only()
def duplicates(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Files that may be the same customer's, and merges that can be undone."""
    return duplicates_tab(request, customer_id)


def duplicates_tab(request: HttpRequest, customer_id: int) -> HttpResponse:
    """The tab."""
    viewer = viewer_of(request)
    given = {
        "candidates": reads.propose_duplicates(viewer, customer_id),
        "merges": reads.merges(viewer, customer_id),
    }
    return _tab(request, viewer, customer_id, "customers/duplicates.html", given)


def _tab(request: HttpRequest, viewer: Viewer, customer_id: int, template: str, given: dict[str, Any]) -> HttpResponse:
    masked = is_masked(request, viewer, customer_id)
    refused = any(getattr(value, "errors", None) for value in given.values())
    shared = {
        "card": reads.card(viewer, customer_id, masked=masked),
        "masked": masked,
        "suffix": query(request, masked=masked),
        "contact_id": contact_of(request),
        "may_write": viewer.has_role(ADVISOR, SUPERVISOR, ADMINISTRATOR) and not masked,
    }
    return render(request, template, shared | given, status=422 if refused else 200)
