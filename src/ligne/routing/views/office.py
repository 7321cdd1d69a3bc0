"""Office: queues, their hours, skills, targets and members."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from ligne.kit.http import only, viewer_of
from ligne.kit.saving import Data, form_page
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
    return form_page(
        request,
        form=lambda data: NewQueueForm(viewer, data),
        verb=lambda form: services.create_queue(viewer, **form.cleaned_data),
        template="routing/queue_new.html",
        context={"nav_slot": "office.nav"},
        done=lambda queue: reverse("routing:queue", args=[queue.slug]),
    )


@only(ADMINISTRATOR, SUPERVISOR, methods=BOTH)
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """One queue's settings."""
    viewer = viewer_of(request)
    queue = reads.office_queue(viewer, slug)

    def form(data: Data) -> QueueForm:
        return QueueForm(viewer, queue.principal_id, reads.office_queue(viewer, slug), data)

    def verb(sent: QueueForm) -> None:
        services.update_queue(viewer, slug=slug, version=sent.cleaned_data["version"], **sent.facts())

    return form_page(
        request,
        form=form,
        verb=verb,
        template="routing/queue.html",
        context={"queue": queue, "nav_slot": "office.nav"},
        done=request.path,
        said=gettext("Saved. It holds from the next contact on."),
    )
