"""Office: queues, their hours, skills, targets and members."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from ligne.kit.errors import Conflict, DomainError
from ligne.kit.http import only, sentence_of, viewer_of
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
    form = NewQueueForm(viewer, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            queue = services.create_queue(viewer, **form.cleaned_data)
        except DomainError as refused:
            _refuse(form, refused)
        else:
            return redirect("routing:queue", slug=queue.slug)
    status = 422 if request.method == "POST" else 200
    return render(request, "routing/queue_new.html", {"form": form, "nav_slot": "office.nav"}, status=status)


@only(ADMINISTRATOR, SUPERVISOR, methods=BOTH)
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """One queue's settings."""
    viewer = viewer_of(request)
    queue = reads.office_queue(viewer, slug)
    context: dict[str, Any] = {"queue": queue, "nav_slot": "office.nav"}
    if request.method != "POST":
        form = QueueForm(viewer, queue.principal_id, queue)
        return render(request, "routing/queue.html", context | {"form": form})
    form = QueueForm(viewer, queue.principal_id, queue, request.POST)
    if form.is_valid():
        try:
            services.update_queue(viewer, slug=slug, version=form.cleaned_data["version"], **form.facts())
        except Conflict as stale:
            fresh = QueueForm(viewer, queue.principal_id, queue)
            shown = context | {"form": fresh, "stale": sentence_of(stale)}
            return render(request, "routing/queue.html", shown, status=409)
        except DomainError as refused:
            _refuse(form, refused)
        else:
            messages.success(request, gettext("Saved. It holds from the next contact on."))
            return redirect("routing:queue", slug=slug)
    return render(request, "routing/queue.html", context | {"form": form}, status=422)


def _refuse(form: forms.Form, refused: DomainError) -> None:
    """Show a domain error beside its field, or above the form."""
    field = "hours_mon" if refused.field == "hours" else refused.field
    form.add_error(field if field in form.fields else None, sentence_of(refused))
