"""Two files side by side: choose what remains, join them, part them again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from ligne.customers import reads, services
from ligne.customers.models import Customer, Segment
from ligne.customers.panels.forms import FileForm
from ligne.customers.rules import facts
from ligne.kit.errors import DomainError
from ligne.kit.http import only, sentence_of, viewer_of
from ligne.kit.viewer import ADMINISTRATOR, ADVISOR, SUPERVISOR

WRITERS = (ADVISOR, SUPERVISOR, ADMINISTRATOR)


@only(*WRITERS, methods=("GET", "POST"))
def merge(request: HttpRequest, customer_id: int, other_id: int) -> HttpResponse:
    """Join `other_id` into `customer_id`: where they differ, whoever merges chooses which value remains."""
    viewer = viewer_of(request)
    kept, absorbed = reads.get(viewer, customer_id), reads.get(viewer, other_id)
    error = ""
    if request.method == "POST":
        take = [name for name in facts.FIELDS if request.POST.get(f"take_{name}") == "other"]
        try:
            services.merge(viewer, survivor_id=customer_id, absorbed_id=other_id, take=take)
        except DomainError as refused:
            error = sentence_of(refused)
        else:
            done = gettext("The two files are one. It can be undone under “Duplicates”.")
            messages.success(request, done)
            return redirect("customers:customer", customer_id)
    given = {
        "kept": reads.card(viewer, customer_id),
        "absorbed": reads.card(viewer, other_id),
        "rows": _rows(kept, absorbed),
        "error": error,
    }
    return render(request, "customers/merge.html", given, status=409 if error else 200)


@only(*WRITERS, methods=("POST",))
def undo(request: HttpRequest, customer_id: int, record_id: int) -> HttpResponse:
    """Part two files that were merged, exactly as they were."""
    try:
        restored = services.unmerge(viewer_of(request), record_id=record_id)
    except DomainError as refused:
        messages.error(request, sentence_of(refused))
    else:
        done = gettext("The merge is undone: file n° %(number)s is its own again.") % {"number": restored.pk}
        messages.success(request, done)
    return redirect("customers:customer", customer_id)


def _rows(kept: Customer, absorbed: Customer) -> list[dict[str, Any]]:
    """Every field that at least one file fills: {"name", "label", "mine", "theirs", "differ"}."""
    labels = FileForm(kept.principal_id).fields
    segments = {s.slug: s.label for s in Segment.objects.filter(principal_id=kept.principal_id)}
    rows = []
    for name in facts.FIELDS:
        mine, theirs = (_words(name, getattr(c, name), segments) for c in (kept, absorbed))
        if not (mine or theirs) or name in ("external_ref", "language", "zone", "fragile"):
            continue
        label = labels[name].label if name in labels else gettext("Customer since")
        rows.append(
            {"name": name, "label": label, "mine": mine, "theirs": theirs, "differ": bool(theirs) and mine != theirs}
        )
    return rows


def _words(name: str, value: Any, segments: dict[str, str]) -> str:
    """A field's value as people read it."""
    if name == "segment":
        return segments.get(str(value), str(value))
    if name == "csp":
        return gettext(facts.CSP[value[:1]]) if value else ""
    options = {"kind": facts.KINDS, "status": facts.STATUSES}.get(name, {})
    if name in ("birth_date", "since"):
        return f"{value:%d/%m/%Y}" if value else ""
    text = str(value or "")
    return gettext(options[text]) if text in options else text
