"""What an advisor writes: replies, notes, drafts, files."""

from __future__ import annotations

import json
from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext

from ligne.contacts import reads, services
from ligne.contacts.ports import File
from ligne.contacts.views.exchange import fragment
from ligne.kit.errors import Conflict, Invalid
from ligne.kit.http import only, viewer_of
from ligne.kit.text import N_
from ligne.kit.viewer import ADVISOR, SUPERVISOR


def moment_of(text: str, field: str) -> datetime | None:
    """An instant as a page writes it, with its offset or in the site's zone; None when empty. Raises `Invalid`."""
    if not text.strip():
        return None
    try:
        moment = parse_datetime(text.strip())
    except ValueError:
        moment = None
    if moment is None:
        raise Invalid(N_("Write the moment as a date and a time. Nothing was changed; your text is kept."), field=field)
    return moment if moment.tzinfo else timezone.make_aware(moment)


def _addresses(text: str) -> list[str]:
    return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]


@only(ADVISOR, methods=("POST",))
def reply(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Send the reply, now or at `send_at`; it may be undone while it is held."""
    viewer = viewer_of(request)
    services.reply(
        viewer,
        contact_id=contact_id,
        text=request.POST.get("text", ""),
        subject=request.POST.get("subject", ""),
        to=_addresses(request.POST.get("to", "")),
        cc=_addresses(request.POST.get("cc", "")),
        file_ids=[int(i) for i in request.POST.getlist("file") if i.isdigit()],
        send_at=moment_of(request.POST.get("send_at") or request.POST.get("send_at_other", ""), "send_at"),
    )
    return fragment(request, viewer, contact_id)


@only(ADVISOR, SUPERVISOR, methods=("POST",))
def note(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Keep an internal note, and say which colleagues were told of it."""
    viewer = viewer_of(request)
    kept = services.note(viewer, contact_id=contact_id, text=request.POST.get("text", ""))
    response = fragment(request, viewer, contact_id)
    told = reads.named_in(viewer, kept.pk)
    unknown = reads.names_nobody(viewer, kept.principal_id, kept.text)
    said = [gettext("Told of it: %(names)s.") % {"names": ", ".join(told)}] if told else []
    if unknown:
        names = ", ".join(f"@{name}" for name in unknown)
        said.append(gettext("The note is kept, but nobody who may read it is called %(names)s.") % {"names": names})
    if said:
        response["HX-Trigger"] = json.dumps({"lc:say": " ".join(said)})
    return response


@only(ADVISOR, methods=("POST",))
def draft(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Keep the reply as it is typed: {"version"}; 409 with the kept text and version when the page is late."""
    viewer = viewer_of(request)
    version = request.POST.get("version", "0")
    try:
        kept = services.save_draft(
            viewer,
            contact_id=contact_id,
            text=request.POST.get("text", ""),
            version=int(version) if version.isdigit() else 0,
        )
    except Conflict as late:
        text, present = reads.draft(viewer, contact_id)
        return JsonResponse({"message": gettext(late.sentence), "text": text, "version": present}, status=409)
    return JsonResponse({"version": kept})


@only(ADVISOR, methods=("POST",))
def attach(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Keep the chosen files for the reply being written."""
    viewer = viewer_of(request)
    for upload in request.FILES.getlist("files"):
        file = File(
            filename=upload.name or "",
            content_type=upload.content_type or "application/octet-stream",
            content=upload.read(),
        )
        services.attach(viewer, contact_id=contact_id, file=file)
    return fragment(request, viewer, contact_id)


@only(ADVISOR)
def templates(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The replies ready to adapt that fit what was typed after `::`, as options of a list."""
    viewer = viewer_of(request)
    contact = reads.get(viewer, contact_id)
    wanted = request.GET.get("q", "").strip().lower()
    found = reads.templates(viewer, contact.principal_id, contact.channel)
    fitting = [t for t in found if wanted in t.shortcut.lower() or wanted in t.title.lower()]
    return render(request, "contacts/templates.html", {"contact": contact, "templates": fitting[:8]})


@only(ADVISOR)
def template_text(request: HttpRequest, contact_id: int, template_id: int) -> HttpResponse:
    """The template filled with what is known of the customer: {"text"}."""
    viewer = viewer_of(request)
    contact = reads.get(viewer, contact_id)
    return JsonResponse({"text": reads.filled(viewer, template_id, contact)})


@only(ADVISOR, methods=("POST",))
def undo(request: HttpRequest, contact_id: int, message_id: int) -> HttpResponse:
    """Call a held message back; its text is the draft again."""
    viewer = viewer_of(request)
    services.undo(viewer, message_id=message_id)
    return fragment(request, viewer, contact_id)
