"""The desk's work list, the bar's figures, answering offers, picking by hand, handing on."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from ligne.contacts import reads as contacts
from ligne.contacts.models import Contact
from ligne.kit import clock
from ligne.kit.errors import Invalid
from ligne.kit.http import only, sentence_of, viewer_of
from ligne.kit.text import N_
from ligne.kit.viewer import ADVISOR, SUPERVISOR
from ligne.routing import reads, services
from ligne.staff import reads as staff

SECTIONS = {
    reads.OFFERED: N_("Offered to you"),
    reads.ACTIVE: N_("My work"),
    reads.PROMISE: N_("Promises"),
    reads.SNOOZED: N_("Snoozed"),
}
_SECTION_OF: dict[str, str] = {reads.WRAP_UP: reads.ACTIVE, reads.TASK: reads.ACTIVE}


@only()
def mine(request: HttpRequest) -> HttpResponse:
    """The work list; it fetches itself again at each `work`, `offer` and `presence` event."""
    return _mine(request)


def _mine(request: HttpRequest, status: int = 200) -> HttpResponse:
    rows = reads.my_work(viewer_of(request))
    grouped = groupby(rows, key=_section)
    sections = [(key, gettext(SECTIONS[key]), list(found)) for key, found in grouped]
    return render(
        request,
        "routing/mine.html",
        {"sections": sections, "rows": rows, "decline_reasons": reads.DECLINE_REASONS},
        status=status,
    )


def _section(row: reads.WorkRow) -> str:
    return _SECTION_OF.get(row.state, row.state)


@only()
def bar(request: HttpRequest) -> HttpResponse:
    """The bar's figures of the viewer's queues."""
    return render(request, "routing/bar.html", {"bar": reads.bar(viewer_of(request))})


@only()
def line(request: HttpRequest, slug: str) -> HttpResponse:
    """One queue's line, to pick from by hand: in a dialog of the desk, or as a page."""
    viewer = viewer_of(request)
    in_dialog = bool(request.headers.get("HX-Request"))
    context = {"queue": reads.queue(viewer, slug), "rows": reads.waiting(viewer, slug), "in_dialog": in_dialog}
    return render(request, "routing/line.html" if in_dialog else "routing/line_page.html", context)


@only(ADVISOR, SUPERVISOR, methods=("POST",))
def accept(request: HttpRequest, item_id: int) -> HttpResponse:
    """Take what was offered."""
    return _opened(request, services.accept(viewer_of(request), item_id=item_id))


@only(ADVISOR, SUPERVISOR, methods=("POST",))
def take(request: HttpRequest, item_id: int) -> HttpResponse:
    """Pick work by hand."""
    return _opened(request, services.take(viewer_of(request), item_id=item_id))


@only(ADVISOR, SUPERVISOR, methods=("POST",))
def decline(request: HttpRequest, item_id: int) -> HttpResponse:
    """Give an offer back, with its `reason`."""
    services.decline(viewer_of(request), item_id=item_id, reason=request.POST.get("reason", ""))
    return _opened(request, None)


@only(SUPERVISOR)
def declined(request: HttpRequest) -> HttpResponse:
    """Today's declined offers by reason, for the floor."""
    start, _ = staff.day_bounds(timezone.localdate())
    found = reads.declined(viewer_of(request), start)
    ordered = sorted(found, key=lambda one: one.label)
    grouped = [(label, list(rows)) for label, rows in groupby(ordered, key=lambda one: one.label)]
    grouped.sort(key=lambda group: -len(group[1]))
    return render(request, "routing/declined.html", {"groups": grouped, "total": len(found)})


def _opened(request: HttpRequest, contact: Contact | None) -> HttpResponse:
    """The fresh work list, and an `lc:open` event that tells the desk which exchange to show."""
    if not request.headers.get("HX-Request"):
        return redirect(f"/?contact={contact.pk}" if contact else "/")
    response = _mine(request)
    if contact is not None:
        response["HX-Trigger"] = json.dumps({"lc:open": {"contact": contact.pk}})
    return response


@only(ADVISOR, SUPERVISOR, methods=("GET", "HEAD", "POST"))
def transfer(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The dialog to hand an exchange on; posted, it does so, or shows itself again with what is missing."""
    viewer = viewer_of(request)
    contact = contacts.get(viewer, contact_id)
    queues, colleagues = reads.transfer_targets(viewer, contact_id)
    context = {"contact": contact, "queues": queues, "colleagues": colleagues, "note": "", "to": ""}
    if request.method != "POST":
        return render(request, "routing/transfer.html", context)
    to, note = request.POST.get("to", ""), request.POST.get("note", "")
    kind, _, target = to.partition(":")
    try:
        services.transfer(
            viewer,
            contact_id=contact_id,
            queue=target if kind == "queue" else None,
            advisor_id=int(target) if kind == "person" and target.isdigit() else None,
            note=note,
        )
    except Invalid as refused:
        shown = context | {"to": to, "note": note, "wrong": sentence_of(refused)}
        return render(request, "routing/transfer.html", shown, status=422)
    if not request.headers.get("HX-Request"):
        return redirect("/")
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps({"lc:handed-on": {"contact": contact_id}})})


@only(SUPERVISOR, methods=("POST",))
def lend(request: HttpRequest, queue_id: int) -> HttpResponse:
    """Let somebody serve a queue for some minutes (0: take them back)."""
    viewer = viewer_of(request)
    user_id, minutes = request.POST.get("user", ""), request.POST.get("minutes", "60")
    if not user_id.isdigit() or not minutes.isdigit():
        raise Invalid(N_("Choose a person and a time. Nothing was changed."), field="user")
    if int(minutes) == 0:
        services.take_back(viewer, user_id=int(user_id), queue_id=queue_id)
    else:
        until = clock.now() + timedelta(minutes=min(int(minutes), 10_000))
        services.lend(viewer, user_id=int(user_id), queue_id=queue_id, until=until)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    return redirect(request.headers.get("Referer") or reverse("routing:queues"))
