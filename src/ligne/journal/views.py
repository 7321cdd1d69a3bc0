"""The journal's page, and the office's page of webhooks."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from ligne.journal import ports, reads
from ligne.journal.forms import Filter, NewWebhook
from ligne.journal.services import webhooks
from ligne.kit.errors import DomainError
from ligne.kit.http import only, sentence_of, viewer_of
from ligne.kit.viewer import ADMINISTRATOR, QUALITY, Viewer

PER_PAGE = 50


@only(QUALITY, ADMINISTRATOR)
def entries(request: HttpRequest) -> HttpResponse:
    """What happened, newest first, narrowed by kind, actor, customer and period."""
    viewer = viewer_of(request)
    form = Filter(viewer, request.GET or None)
    before = request.GET.get("before", "")
    known = before.isascii() and before.isdigit() and len(before) < 19
    asked = form.asked() | {"subject": _subject(request.GET.get("subject", ""))}
    found = reads.entries(viewer, before=int(before) if known else None, limit=PER_PAGE + 1, **asked)
    older = ""
    if len(found) > PER_PAGE:
        query = request.GET.copy()
        query["before"] = str(found[PER_PAGE - 1].id)
        older = query.urlencode()
    return render(
        request,
        "journal/entries.html",
        {"form": form, "rows": _rows(viewer, found[:PER_PAGE]), "older": older, "head": reads.head()},
    )


def _subject(text: str) -> tuple[str, int] | None:
    """What the entries are to be about, as a page asks for it: "contact:12"."""
    kind, _, number = text.partition(":")
    known = number.isascii() and number.isdigit() and len(number) < 19
    return (kind, int(number)) if known else None


def _rows(viewer: Viewer, found: list[reads.Trace]) -> list[dict[str, Any]]:
    people, principals = ports.known("people", viewer), ports.known("principals", viewer)
    means = {"program": gettext("Program"), "system": gettext("The centre")}
    return [
        {
            "trace": trace,
            "label": gettext(ports.words.get(trace.kind, trace.kind)),
            "who": people.get(trace.actor_id or 0, "") or means.get(trace.actor_kind, ""),
            "program": trace.actor_kind == "program",
            "principal": principals.get(trace.principal_id or 0, ""),
            "facts": [(k, v) for k, v in (trace.personal | trace.data).items() if v not in (None, "", [], {})],
        }
        for trace in found
    ]


@only(ADMINISTRATOR, methods=("GET", "HEAD", "POST"))
def subscriptions(request: HttpRequest) -> HttpResponse:
    """Every webhook, and a form for another; its secret is shown once."""
    viewer = viewer_of(request)
    form = NewWebhook(viewer, request.POST or None)
    secret, status = "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                secret, _ = webhooks.subscribe(viewer, **form.cleaned_data)
                form, status = NewWebhook(viewer), 201
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, sentence_of(error))
    names = ports.known("principals", viewer)
    rows = [(row, names.get(row.principal_id, ""), _labels(row.kinds)) for row in reads.subscriptions(viewer)]
    context = {"form": form, "rows": rows, "secret": secret, "nav_slot": "office.nav"}
    return render(request, "journal/webhooks.html", context, status=status)


@only(ADMINISTRATOR)
def subscription(request: HttpRequest, subscription_id: int) -> HttpResponse:
    """One webhook and what it was told lately."""
    viewer = viewer_of(request)
    row = reads.subscription(viewer, subscription_id)
    told = [(d, gettext(ports.words.get(d.kind, d.kind))) for d in reads.deliveries(viewer, subscription_id)]
    context = {"row": row, "kinds": _labels(row.kinds), "told": told, "nav_slot": "office.nav"}
    return render(request, "journal/webhook.html", context)


@only(ADMINISTRATOR, methods=("POST",))
def pause(request: HttpRequest, subscription_id: int) -> HttpResponse:
    """Pause a webhook, or take it up again (`active` 1)."""
    webhooks.change(viewer_of(request), subscription_id=subscription_id, active=request.POST.get("active") == "1")
    return redirect("journal:webhook", subscription_id)


@only(ADMINISTRATOR, methods=("POST",))
def remove(request: HttpRequest, subscription_id: int) -> HttpResponse:
    """End a webhook."""
    webhooks.unsubscribe(viewer_of(request), subscription_id=subscription_id)
    messages.success(request, gettext("The webhook is gone; that address is told nothing any more."))
    return redirect("journal:webhooks")


@only(ADMINISTRATOR, methods=("POST",))
def retry(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """Send a parked delivery again."""
    row = webhooks.retry(viewer_of(request), delivery_id=delivery_id)
    return redirect("journal:webhook", row.subscription_id)


def _labels(kinds: list[str]) -> list[str]:
    return sorted(gettext(ports.words.get(kind, kind)) for kind in kinds)
