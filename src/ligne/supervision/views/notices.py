"""Messages to the team: written by supervisors, read by everybody they concern."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ligne.kit.errors import DomainError
from ligne.kit.http import only, sentence_of, viewer_of
from ligne.kit.viewer import SUPERVISOR
from ligne.staff import reads as staff
from ligne.supervision import reads, services


@only(SUPERVISOR, methods=("GET", "POST"))
def message(request: HttpRequest) -> HttpResponse:
    """The form, the last messages and how many read them."""
    viewer = viewer_of(request)
    wrong, sent = "", False
    if request.method == "POST":
        kind, _, which = request.POST.get("to", "").partition(":")
        chosen = int(which) if which.isdigit() and len(which) < 18 else None
        try:
            services.publish(
                viewer,
                text=request.POST.get("text", ""),
                principal_id=chosen if kind == "principal" else None,
                team_id=chosen if kind == "team" else None,
            )
            sent = True
        except DomainError as error:
            wrong = sentence_of(error)
    context = {
        "wrong": wrong,
        "sent": sent,
        "text": request.POST.get("text", "") if wrong else "",
        "principals": staff.principals(viewer),
        "teams": [team for team in staff.teams(viewer) if team.size],  # type: ignore[attr-defined]
        "published": reads.published(viewer),
    }
    return render(request, "supervision/message.html", context, status=422 if wrong else 200)


@only()
def unread(request: HttpRequest) -> HttpResponse:
    """What the person has to read, in their bar."""
    return render(request, "supervision/notices.html", {"readers": reads.unread(viewer_of(request))})


@only(methods=("POST",))
def read(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Say that one has read it."""
    viewer = viewer_of(request)
    services.acknowledge(viewer, notice_id=notice_id)
    return render(request, "supervision/notices.html", {"readers": reads.unread(viewer)})
