"""The exchanges behind a figure."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from ligne.contacts.ports import channels
from ligne.kit.http import only, viewer_of
from ligne.kit.viewer import QUALITY, SUPERVISOR
from ligne.routing import reads as routing
from ligne.staff import reads as staff
from ligne.supervision import reads


@only(SUPERVISOR, QUALITY)
def index(request: HttpRequest) -> HttpResponse:
    """A list with filters; pages follow one another by a cursor, so that new arrivals shift nothing."""
    viewer = viewer_of(request)
    asked = {key: request.GET.get(key, "") for key in ("figure", "queue", "advisor", "channel", "day", "slot", "after")}
    asked["figure"] = asked["figure"] if asked["figure"] in reads.FIGURES else "offered"
    words, _condition, instant = reads.FIGURES[asked["figure"]]
    page = reads.page(
        viewer,
        asked["figure"],
        queue=asked["queue"],
        advisor_id=int(asked["advisor"]) if asked["advisor"].isdigit() and len(asked["advisor"]) < 18 else None,
        channel=asked["channel"],
        day=day_of(asked["day"]),
        slot=int(asked["slot"]) if asked["slot"].isdigit() and len(asked["slot"]) < 3 else None,
        after=asked["after"],
    )
    following = request.GET.copy()
    following["after"] = page.after
    context = {
        "page": page,
        "asked": asked,
        "title": gettext(words),
        "is_day": bool(instant),
        "figures": [(key, label) for key, (label, _, _) in reads.FIGURES.items()],
        "queues": list(routing.visible(viewer)),
        "advisors": [(str(row.user_id), row.name) for row in staff.presences(viewer)],
        "channels": [(key, channel.traits.label) for key, channel in channels.items()],
        "may_act": viewer.has_role(SUPERVISOR),
        "next": following.urlencode() if page.after else "",
    }
    return render(request, "supervision/contacts.html", context)


def day_of(text: str) -> date | None:
    """A day as a page sends it (2026-11-23); None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
