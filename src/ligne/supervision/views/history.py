"""Past days, their export, and one's own results."""

from __future__ import annotations

import csv
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from ligne.kit import clock, database
from ligne.kit.errors import Invalid
from ligne.kit.http import only, sentence_of, viewer_of
from ligne.kit.viewer import ADMINISTRATOR, QUALITY, SUPERVISOR
from ligne.routing import reads as routing
from ligne.supervision import reads
from ligne.supervision.reads.counts import together
from ligne.supervision.views.contacts import day_of


@only(SUPERVISOR, QUALITY, ADMINISTRATOR)
@database.report
def index(request: HttpRequest) -> HttpResponse:
    """A table per day and queue for a chosen period (the last seven days)."""
    viewer = viewer_of(request)
    today = timezone.localtime(clock.now()).date()
    first = day_of(request.GET.get("first", "")) or today - timedelta(days=6)
    last = day_of(request.GET.get("last", "")) or today
    queue, wrong = request.GET.get("queue", ""), ""
    try:
        rows = reads.history(viewer, first, last, queue=queue)
    except Invalid as error:
        rows, wrong = [], sentence_of(error)
    context = {
        "rows": rows,
        "total": together(row.counts for row in rows),
        "first": first,
        "last": last,
        "queue": queue,
        "queues": list(routing.visible(viewer)),
        "wrong": wrong,
    }
    return render(request, "supervision/history.html", context, status=422 if wrong else 200)


@only(SUPERVISOR, QUALITY, ADMINISTRATOR)
@database.report
def export(request: HttpRequest) -> HttpResponse:
    """The same as a CSV file: semicolons and decimal commas in French, so that a spreadsheet opens it as it is."""
    viewer = viewer_of(request)
    today = timezone.localtime(clock.now()).date()
    first = day_of(request.GET.get("first", "")) or today - timedelta(days=6)
    last = day_of(request.GET.get("last", "")) or today
    rows = reads.history(viewer, first, last, queue=request.GET.get("queue", ""))
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="historique-{first}-{last}.csv"'
    french = viewer.language == "fr"
    writer = csv.writer(response, delimiter=";" if french else ",")
    writer.writerow(
        [
            _("Day"),
            _("Principal"),
            _("Queue"),
            _("Received"),
            _("Answered"),
            _("Answered in time"),
            _("Given up"),
            _("Service level, %"),
            _("Target, %"),
            _("Handled"),
            _("Mean wait, s"),
            _("Mean handling, s"),
        ]
    )
    for row in rows:
        counts = row.counts
        writer.writerow(
            [
                row.day.isoformat(),
                _plain(row.principal),
                _plain(row.queue),
                counts.offered,
                counts.answered,
                counts.in_target,
                counts.abandoned,
                _number(None if counts.service_level is None else counts.service_level * 100, french),
                row.target_share,
                counts.handled,
                _number(counts.mean_wait_s, french),
                _number(counts.mean_handle_s, french),
            ]
        )
    return response


def _number(value: float | None, french: bool) -> str:
    if value is None:
        return ""
    text = f"{value:.1f}"
    return text.replace(".", ",") if french else text


def _plain(text: str) -> str:
    """`text` as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


@only()
@database.report
def results(request: HttpRequest) -> HttpResponse:
    """One's own day, on one's own page."""
    today = timezone.localtime(clock.now()).date()
    return render(request, "supervision/results.html", {"results": reads.own_results(viewer_of(request), today)})
