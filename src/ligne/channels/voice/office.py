"""Office: the lines of each company."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext

from ligne.channels.voice import reads, services
from ligne.channels.voice.forms import LineForm
from ligne.channels.voice.models import Line
from ligne.kit.errors import NotFound
from ligne.kit.http import only, viewer_of
from ligne.kit.saving import Data, form_page
from ligne.kit.viewer import ADMINISTRATOR
from ligne.staff import reads as staff
from ligne.staff.models import Principal

BOTH = ("GET", "HEAD", "POST")


@only(ADMINISTRATOR)
def lines(request: HttpRequest) -> HttpResponse:
    """A company's lines: `?principal=<slug>`, else the first company."""
    viewer = viewer_of(request)
    principals, chosen = staff.principal_choice(viewer, request.GET.get("principal", ""))
    found = reads.lines(viewer, chosen.pk) if chosen else []
    context = {"principals": principals, "principal": chosen, "lines": found, "nav_slot": "office.nav"}
    return render(request, "channel_voice/lines.html", context)


@only(ADMINISTRATOR, methods=BOTH)
def create(request: HttpRequest, principal_slug: str) -> HttpResponse:
    """Add a line."""
    _, principal = staff.principal_choice(viewer_of(request), principal_slug)
    if principal is None:
        raise NotFound
    return _form(request, principal, None)


@only(ADMINISTRATOR, methods=BOTH)
def edit(request: HttpRequest, line_id: int) -> HttpResponse:
    """Change a line: its queue, its menu, what is said and recorded."""
    present = reads.line(viewer_of(request), line_id)
    return _form(request, present.principal, present)


def _form(request: HttpRequest, principal: Principal, present: Line | None) -> HttpResponse:
    viewer = viewer_of(request)

    def form(data: Data) -> LineForm:
        return LineForm(viewer, principal.pk, reads.line(viewer, present.pk) if present else None, data)

    def verb(sent: LineForm) -> None:
        line_id = present.pk if present else None
        services.put_line(viewer, principal_id=principal.pk, line_id=line_id, **sent.facts())

    back = f"{reverse('channel_voice:lines')}?{urlencode({'principal': principal.slug})}"
    context = {"line": present, "principal": principal, "back": back, "nav_slot": "office.nav"}
    said = gettext("Saved. It holds from the next call on.")
    return form_page(
        request, form=form, verb=verb, template="channel_voice/line.html", context=context, done=back, said=said
    )
