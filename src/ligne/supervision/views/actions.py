"""What a supervisor does from the floor."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext

from ligne.kit import clock
from ligne.kit.errors import DomainError, Invalid
from ligne.kit.http import only, sentence_of, viewer_of
from ligne.kit.text import N_
from ligne.kit.viewer import SUPERVISOR
from ligne.routing import services as routing


@only(SUPERVISOR, methods=("POST",))
def lend(request: HttpRequest, user_id: int) -> HttpResponse:
    """Lend an advisor to a queue for an hour."""
    text = request.POST.get("queue", "")
    if not text.isdigit():
        raise Invalid(N_("Choose a queue. Nothing was changed."), field="queue")
    until = clock.now() + timedelta(hours=1)
    routing.lend(viewer_of(request), user_id=user_id, queue_id=int(text), until=until)
    return _done(request, gettext("Lent for an hour."))


@only(SUPERVISOR, methods=("POST",))
def transfer(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Hand somebody's exchange to a queue, with a note."""
    try:
        routing.transfer(
            viewer_of(request),
            contact_id=contact_id,
            queue=request.POST.get("queue", ""),
            note=request.POST.get("note", ""),
        )
    except DomainError as error:
        return _done(request, sentence_of(error), failed=True)
    return _done(request, gettext("Handed on."))


@only(SUPERVISOR, methods=("POST",))
def take_over(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Have somebody's exchange handed to oneself."""
    viewer = viewer_of(request)
    try:
        routing.transfer(viewer, contact_id=contact_id, advisor_id=viewer.user_id, note=request.POST.get("note", ""))
    except DomainError as error:
        return _done(request, sentence_of(error), failed=True)
    return _done(request, gettext("It is offered to you now."))


def _done(request: HttpRequest, words: str, *, failed: bool = False) -> HttpResponse:
    """Say what came of it: on the page one came from, or to htmx by asking the fragments to refresh."""
    if request.headers.get("HX-Request") and not failed:
        return HttpResponse(status=204, headers={"HX-Trigger": "lc-floor"})
    (messages.error if failed else messages.success)(request, words)
    back = request.POST.get("back", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "supervision:contacts")
