"""The floor's fragments: each asks for itself again when the floor moves."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from ligne.kit.http import only, viewer_of
from ligne.kit.viewer import QUALITY, SUPERVISOR
from ligne.routing import reads as routing
from ligne.staff import words
from ligne.supervision import reads
from ligne.supervision.rules import figures

WIDTH, HEIGHT = 520.0, 120.0


@only(SUPERVISOR, QUALITY)
def queues(request: HttpRequest) -> HttpResponse:
    """The line of figures and the table of queues."""
    return render(request, "supervision/board.html", {"board": reads.board(viewer_of(request))})


@only(SUPERVISOR, QUALITY)
def arrivals(request: HttpRequest) -> HttpResponse:
    """Arrivals per half-hour as a chart, with the same as a table."""
    facts = reads.arrivals(viewer_of(request))
    highest = max([*facts.today.values(), *facts.usual.values(), 4])
    shape: dict[str, Any] = {
        "first": facts.first,
        "last": facts.last,
        "highest": highest,
        "width": WIDTH,
        "height": HEIGHT,
    }
    slots = range(facts.first, facts.last + 1)
    so_far = {
        slot: float(facts.today.get(slot, 0)) for slot in slots if slot < facts.slot
    }  # not the one under way: it would look like a fall
    usual = {slot: facts.usual.get(slot, 0.0) for slot in slots} if facts.usual else {}
    context: dict[str, Any] = {
        "facts": facts,
        "today": figures.line(so_far, **shape),
        "usual": figures.line(usual, **shape),
        "hours": [_hour(slot, facts) for slot in slots if slot % 2 == 0],
        "rows": [
            {"time": _time(slot), "today": facts.today.get(slot, 0), "usual": facts.usual.get(slot), "slot": slot}
            for slot in slots
            if slot <= facts.slot or facts.usual.get(slot)
        ],
        "highest": highest,
        "sentence": _said(facts),
    }
    return render(request, "supervision/arrivals.html", context)


def _hour(slot: int, facts: reads.Arrivals) -> dict[str, Any]:
    span = max(facts.last - facts.first, 1)
    return {"label": f"{slot // 2} h", "x": round((slot - facts.first) / span * WIDTH, 1)}


def _time(slot: int) -> str:
    return f"{slot // 2}\u00a0h\u00a0{slot % 2 * 30:02d}"


def _said(facts: reads.Arrivals) -> str:
    """The chart in one sentence."""
    if facts.change is None:
        return gettext("%(n)s arrivals today") % {"n": facts.total}
    percent = round(abs(facts.change) * 100)
    words = (
        gettext("%(n)s arrivals, %(p)s %% above what is usual")
        if facts.change >= 0
        else gettext("%(n)s arrivals, %(p)s %% below what is usual")
    )
    return words % {"n": facts.total, "p": percent}


@only(SUPERVISOR, QUALITY)
def late(request: HttpRequest) -> HttpResponse:
    """What is past its deadline."""
    return render(request, "supervision/late.html", {"rows": reads.late_work(viewer_of(request))})


@only(SUPERVISOR)
def advisors(request: HttpRequest) -> HttpResponse:
    """Advisors together, and by name on demand."""
    return render(request, "supervision/advisors.html", _people(request))


@only(SUPERVISOR)
def advisors_page(request: HttpRequest) -> HttpResponse:
    """Advisors by name, on a page of their own."""
    return render(request, "supervision/advisors_page.html", _people(request))


def _people(request: HttpRequest) -> dict[str, Any]:
    rows = reads.advisors(viewer_of(request))
    return {
        "rows": rows,
        "shares": reads.shares(rows),
        "choices": [(key, words.STATE_LABELS[key], words.REASONS.get(key, [])) for key in words.CHOSEN],
        "queues": list(routing.visible(viewer_of(request))),
    }


@only(SUPERVISOR)
def alerts(request: HttpRequest) -> HttpResponse:
    """What to look at."""
    rows = [{"alert": alert, "title": gettext(alert.title) % alert.facts} for alert in reads.alerts(viewer_of(request))]
    return render(request, "supervision/alerts.html", {"rows": rows})
