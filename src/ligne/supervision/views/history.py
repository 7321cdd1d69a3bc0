"""Reports over a period, their export, and one's own results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ligne.contacts.ports import channels
from ligne.kit import clock, csvfiles, database
from ligne.kit.errors import Invalid
from ligne.kit.http import only, sentence_of, viewer_of
from ligne.kit.viewer import ADMINISTRATOR, QUALITY, SUPERVISOR, Viewer
from ligne.routing import reads as routing
from ligne.supervision import reads
from ligne.supervision.reads import reports
from ligne.supervision.reads.reports import Line, Report
from ligne.supervision.views.contacts import day_of

MOST_LINES = 400  # on a page; the file holds all


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a report was asked for."""

    by: str
    first: date
    last: date
    queue: str
    channel: str

    def made_for(self, viewer: Viewer) -> Report:
        """The report."""
        return reads.report(viewer, self.by, self.first, self.last, queue=self.queue, channel=self.channel)


@only(SUPERVISOR, QUALITY, ADMINISTRATOR)
@database.report
def index(request: HttpRequest) -> HttpResponse:
    """A report for a chosen period (the last seven days, by day)."""
    viewer = viewer_of(request)
    asked, wrong = _asked(request), ""
    found: Report | None = None
    try:
        found = asked.made_for(viewer)
    except Invalid as error:
        wrong = sentence_of(error)
    lines = found.lines[:MOST_LINES] if found else []
    highest = max([line.counts.offered or line.counts.handled for line in lines], default=0)
    query = request.GET.copy()
    query.pop("first", None)
    query.pop("last", None)
    context = {
        "asked": asked,
        "report": found,
        "more": found is not None and len(found.lines) > MOST_LINES,
        "rows": [_row(line, asked, highest) for line in lines],
        "change": _said(found) if found else "",
        "choices": reads.choices(viewer).items(),
        "column": reports.BY[asked.by],
        "periods": _periods(asked),
        "rest": query.urlencode(),
        "queues": list(routing.visible(viewer)),
        "channels": [(key, channel.traits.label) for key, channel in channels.items()],
        "wrong": wrong,
    }
    return render(request, "supervision/history.html", context, status=422 if wrong else 200)


def _asked(request: HttpRequest) -> _Asked:
    today = timezone.localtime(clock.now()).date()
    by = request.GET.get("by", reports.DAY)
    return _Asked(
        by=by if by in reports.BY else reports.DAY,
        first=day_of(request.GET.get("first", "")) or today - timedelta(days=6),
        last=day_of(request.GET.get("last", "")) or today,
        queue=request.GET.get("queue", ""),
        channel=request.GET.get("channel", ""),
    )


def _row(line: Line, asked: _Asked, highest: int) -> dict[str, Any]:
    """A line as it is drawn: its words, its part of the highest (0 to 1), the day behind it when it is one."""
    day = line.key if asked.by in (reports.DAY, reports.DETAIL) else None
    return {
        "line": line,
        "label": label(line, asked.by),
        "part": (line.counts.offered or line.counts.handled) / highest if highest else 0,
        "day": day or (asked.first if asked.by == reports.QUEUE and asked.first == asked.last else None),
        "queue": line.queue.slug if line.queue else asked.queue,
    }


def label(line: Line, by: str) -> str:
    """The words of a line, in the reader's language."""
    if by == reports.HOUR:
        return f"{line.key}\u00a0h"
    if by == reports.WEEK:
        week = _("Week %(number)s") % {"number": line.key.isocalendar().week}
        return f"{week} · {date_format(line.key, 'SHORT_DATE_FORMAT')}"
    if by == reports.MONTH:
        return date_format(line.key, "YEAR_MONTH_FORMAT")
    if by == reports.CHANNEL:
        return _(channels.get(line.key).traits.label) if line.key in channels else str(line.key)
    if by == reports.QUEUE and line.queue is not None:
        return line.queue.name
    return line.name or date_format(line.key, "SHORT_DATE_FORMAT")


def _said(report: Report) -> str:
    """A day against what is usual, in a sentence; empty when there is nothing to compare with."""
    change = report.change
    if change is None:
        return ""
    percent = round(abs(change) * 100)
    words = (
        _("%(n)s arrivals, %(p)s %% above what is usual")
        if change >= 0
        else _("%(n)s arrivals, %(p)s %% below what is usual")
    )
    return words % {"n": report.total.offered, "p": percent}


def _periods(asked: _Asked) -> list[dict[str, Any]]:
    """Usual periods, with the one that is shown marked."""
    today = timezone.localtime(clock.now()).date()
    month = today.replace(day=1)
    known = (
        (_("Today"), today, today),
        (_("Yesterday"), today - timedelta(days=1), today - timedelta(days=1)),
        (_("7 days"), today - timedelta(days=6), today),
        (_("This month"), month, today),
        (_("Last month"), (month - timedelta(days=1)).replace(day=1), month - timedelta(days=1)),
        (_("12 months"), today - timedelta(days=364), today),
    )
    return [
        {"label": words, "first": first, "last": last, "chosen": (first, last) == (asked.first, asked.last)}
        for words, first, last in known
    ]


# -- the file --------------------------------------------------------------------------------------------------------


@only(SUPERVISOR, QUALITY, ADMINISTRATOR)
@database.report
def export(request: HttpRequest) -> HttpResponse:
    """The same as a CSV file: semicolons and decimal commas in French, so that a spreadsheet opens it as it is."""
    viewer = viewer_of(request)
    asked = _asked(request)
    french = viewer.language == "fr"
    rows = _lines_of_file(asked.made_for(viewer), french)
    content = b"".join(csvfiles.pieces(rows, ";" if french else ","))
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    name = f"{'chiffres' if french else 'figures'}-{asked.by}-{asked.first}-{asked.last}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines_of_file(report: Report, french: bool) -> Iterator[list[object]]:
    if report.by == reports.ADVISOR:
        yield [_("Advisor"), _("Handled"), pgettext("count", "Resolved"), _("Mean handling, s")]
        for line in report.lines:
            counts = line.counts
            mean = _number(counts.mean_handle_s, french)
            yield [_plain(line.name), counts.handled, counts.resolved, mean]
        return
    yield [*_heads(report.by), *_measures()]
    for line in report.lines:
        yield [*_first_cells(line, report.by), *_cells(line, french)]


def _heads(by: str) -> list[str]:
    if by == reports.DETAIL:
        return [_("Day"), _("Principal"), _("Queue")]
    return [_("Principal"), _("Queue")] if by == reports.QUEUE else [_(reports.BY[by])]


def _first_cells(line: Line, by: str) -> list[str]:
    queue = [_plain(line.queue.principal.name), _plain(line.queue.name)] if line.queue else []
    if by == reports.QUEUE:
        return queue
    key = line.key.isoformat() if isinstance(line.key, date) else str(line.key)
    return [_plain(key), *queue]


def _measures() -> list[str]:
    return [
        _("Received"),
        _("Usual"),
        _("Answered"),
        _("Answered in time"),
        _("Given up"),
        _("Service level, %"),
        _("Target, %"),
        _("Handled"),
        pgettext("count", "Resolved"),
        _("Mean wait, s"),
        _("Mean handling, s"),
    ]


def _cells(line: Line, french: bool) -> list[object]:
    counts = line.counts
    return [
        counts.offered,
        _number(line.usual, french),
        counts.answered,
        counts.in_target,
        counts.abandoned,
        _number(None if counts.service_level is None else counts.service_level * 100, french),
        line.queue.target_share if line.queue else "",
        counts.handled,
        counts.resolved,
        _number(counts.mean_wait_s, french),
        _number(counts.mean_handle_s, french),
    ]


def _number(value: float | None, french: bool) -> str:
    if value is None:
        return ""
    text = f"{value:.1f}"
    return text.replace(".", ",") if french else text


def _plain(text: str) -> str:
    """`text` as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


# -- one's own -------------------------------------------------------------------------------------------------------


@only()
def results(request: HttpRequest) -> HttpResponse:
    """One's own day, on one's own page."""
    today = timezone.localtime(clock.now()).date()
    return render(request, "supervision/results.html", {"results": reads.own_results(viewer_of(request), today)})
