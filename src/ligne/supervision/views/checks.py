"""The house's promises, for the administrator: a page, and a word in the bar while one does not hold."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from ligne.kit.http import only, viewer_of
from ligne.kit.invariants import invariants
from ligne.kit.viewer import ADMINISTRATOR, Viewer
from ligne.routing import reads as routing
from ligne.supervision import reads

# Pages of single things, by their kind in the journal; of the others the administrator reads what happened to them.
PAGES = {"user": "staff:person", "raw_mail": "channel_email:kept_mail"}


@only(ADMINISTRATOR)
def index(request: HttpRequest) -> HttpResponse:
    """Every promise with its state; what contradicts it, linked; what was broken lately."""
    viewer = viewer_of(request)
    slugs = {queue.pk: queue.slug for queue in routing.visible(viewer)}
    rows = [
        {
            "promise": promise,
            "offenders": [
                {**offender, "url": _url(offender, slugs)}
                for breach in promise.breaches
                for offender in breach.offenders
            ],
        }
        for promise in reads.checks(viewer)
    ]
    broken = sum(row["promise"].tone == "bad" for row in rows)  # type: ignore[attr-defined]
    context = {"rows": rows, "broken": broken, "past": _past(viewer), "nav_slot": "office.nav"}
    return render(request, "supervision/checks.html", context)


def _past(viewer: Viewer) -> list[dict[str, Any]]:
    """Breaches that are over, with how long they lasted in seconds."""
    return [
        {
            "promise": invariants.get(breach.name).promise if breach.name in invariants else breach.name,
            "breach": breach,
            "seconds": (breach.closed_at - breach.since).total_seconds() if breach.closed_at else 0,
        }
        for breach in reads.past_breaches(viewer)
    ]


def _url(offender: dict[str, Any], slugs: dict[int, str]) -> str:
    """Where an administrator reads about it; empty where there is no such page."""
    kind, number = str(offender["type"]), int(offender["id"])
    if not number:
        return ""
    try:
        if kind == "queue":
            return reverse("routing:queue", args=[slugs[number]]) if number in slugs else ""
        if kind in PAGES:
            return reverse(PAGES[kind], args=[number])
        return f"{reverse('journal:entries')}?subject={kind}:{number}"
    except NoReverseMatch:
        return ""


@only(ADMINISTRATOR)
def bar(request: HttpRequest) -> HttpResponse:
    """A badge while a promise does not hold; nothing otherwise."""
    return render(request, "supervision/checks_bar.html", {"broken": reads.broken(viewer_of(request))})
