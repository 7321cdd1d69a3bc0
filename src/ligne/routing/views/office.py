"""Office: queues, their hours, skills, targets and members."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from ligne.kit.http import only, viewer_of
from ligne.kit.saving import save
from ligne.kit.viewer import ADMINISTRATOR, SUPERVISOR
from ligne.routing import reads, services
from ligne.routing.forms import NewQueueForm, QueueForm

BOTH = ("GET", "HEAD", "POST")


@only(ADMINISTRATOR, SUPERVISOR)
def index(request: HttpRequest) -> HttpResponse:
    """Every queue of the viewer's principals, as it stands."""
    context = {"queues": reads.office_queues(viewer_of(request)), "nav_slot": "office.nav"}
    return render(request, "routing/queues.html", context)


@only(ADMINISTRATOR, methods=BOTH)
def create(request: HttpRequest) -> HttpResponse:
    """Open a queue."""
    viewer = viewer_of(request)
    page, context = "routing/queue_new.html", {"nav_slot": "office.nav"}
    if request.method != "POST":
        return render(request, page, context | {"form": NewQueueForm(viewer)})
    return save(
        request,
        form=NewQueueForm(viewer, request.POST),
        verb=lambda values: services.create_queue(viewer, **values),
        fresh=lambda: NewQueueForm(viewer),
        template=page,
        context=context,
        done=lambda queue: reverse("routing:queue", args=[queue.slug]),
    )


@only(ADMINISTRATOR, SUPERVISOR, methods=BOTH)
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """One queue's settings."""
    viewer = viewer_of(request)
    queue = reads.office_queue(viewer, slug)

    def fresh() -> QueueForm:
        return QueueForm(viewer, queue.principal_id, reads.office_queue(viewer, slug))

    page, context = "routing/queue.html", {"queue": queue, "nav_slot": "office.nav"}
    if request.method != "POST":
        return render(request, page, context | {"form": fresh()})
    form = QueueForm(viewer, queue.principal_id, queue, request.POST)

    def verb(values: dict[str, Any]) -> None:
        services.update_queue(viewer, slug=slug, version=values["version"], **form.facts())

    return save(
        request,
        form=form,
        verb=verb,
        fresh=fresh,
        template=page,
        context=context,
        done=request.path,
        said=gettext("Saved. It holds from the next contact on."),
    )
