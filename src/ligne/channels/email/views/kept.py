"""Office: the mails that did not simply become an exchange."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _t

from ligne.channels.email import reads, services
from ligne.channels.email.rules import fates
from ligne.channels.email.views.accounts import queue_choices
from ligne.kit.http import only, viewer_of
from ligne.kit.viewer import ADMINISTRATOR

SHOWN = 5000  # characters of a mail's text


@only(ADMINISTRATOR)
def index(request: HttpRequest) -> HttpResponse:
    """Kept mails, newest first; those that nobody needs to look at under a tab of their own."""
    viewer = viewer_of(request)
    routine = request.GET.get("show") == "routine"
    mails = [(mail, _t(fates.SENTENCES[mail.fate])) for mail in reads.kept(viewer, routine=routine)]
    to_see, others = reads.kept_count(viewer)
    context = {"mails": mails, "routine": routine, "to_see": to_see, "others": others, "nav_slot": "office.nav"}
    return render(request, "channel_email/kept.html", context)


@only(ADMINISTRATOR)
def detail(request: HttpRequest, raw_id: int) -> HttpResponse:
    """One mail: why it was kept, what was understood of it, what can be done."""
    viewer = viewer_of(request)
    raw = reads.raw(viewer, raw_id)
    mail = reads.understood(raw)
    context = {
        "raw": raw,
        "mail": mail,
        "text": mail.text[:SHOWN],
        "why": _t(fates.SENTENCES.get(raw.fate, "")) if raw.fate else "",
        "queues": queue_choices(viewer, raw.principal_id),
        "open": raw.state == raw.State.KEPT,
        "nav_slot": "office.nav",
    }
    return render(request, "channel_email/kept_mail.html", context)


@only(ADMINISTRATOR)
def source(request: HttpRequest, raw_id: int) -> HttpResponse:
    """The mail's bytes as they came, to keep, never shown in the page."""
    raw = reads.raw(viewer_of(request), raw_id)
    response = HttpResponse(bytes(raw.content), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="mail-{raw.pk}.eml.txt"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@only(ADMINISTRATOR, methods=("POST",))
def replay(request: HttpRequest, raw_id: int) -> HttpResponse:
    """Handle it again."""
    fate = services.replay(viewer_of(request), raw_id=raw_id)
    return _told(request, raw_id, fate)


@only(ADMINISTRATOR, methods=("POST",))
def open_contact(request: HttpRequest, raw_id: int) -> HttpResponse:
    """Make it a contact in the chosen queue."""
    fate = services.open_contact(viewer_of(request), raw_id=raw_id, queue=request.POST.get("queue", ""))
    return _told(request, raw_id, fate)


def _told(request: HttpRequest, raw_id: int, fate: str) -> HttpResponse:
    tell = messages.success if fate in (fates.CONTACT, fates.MESSAGE) else messages.info
    tell(request, _t(fates.SENTENCES[fate]))
    return redirect("channel_email:kept_mail", raw_id=raw_id)
