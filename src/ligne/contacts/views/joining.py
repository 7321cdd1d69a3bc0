"""Exchanges put together or told apart: the dialogs, and what they do."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from ligne.contacts import reads, services
from ligne.contacts.models import Contact
from ligne.contacts.views import rows
from ligne.contacts.views.closing import told
from ligne.contacts.views.exchange import fragment
from ligne.kit.errors import DomainError, Invalid
from ligne.kit.http import only, sentence_of, viewer_of
from ligne.kit.text import N_
from ligne.kit.viewer import ADVISOR, QUALITY, SUPERVISOR


def _number(request: HttpRequest) -> int:
    """The exchange named in the posted form: chosen in the list, or typed. Raises `Invalid`."""
    text = (request.POST.get("other") or request.POST.get("number", "")).strip().lstrip("#")
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Invalid(N_("Choose an exchange of the list, or write its number. Nothing was changed."), field="number")
    return int(text)


def _dialog(request: HttpRequest, contact: Contact, status: int = 200, **more: object) -> HttpResponse:
    viewer = viewer_of(request)
    context = {"contact": contact, "others": rows.joinable(viewer, contact)} | more
    return render(request, "contacts/join.html", context, status=status)


def _done(sentence: str) -> HttpResponse:
    return told(sentence, **{"customer-changed": True})


@only(ADVISOR, SUPERVISOR, methods=("GET", "POST"))
def join(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The customer's other exchanges, to merge one into this one (`act` "merge") or to link it ("link")."""
    viewer = viewer_of(request)
    contact = reads.get(viewer, contact_id)
    if request.method != "POST":
        return _dialog(request, contact)
    try:
        other = _number(request)
        if request.POST.get("act") == "merge":
            services.merge(viewer, contact_id=contact_id, other_id=other)
            said = gettext("Merged: what was said there now stands here.")
        else:
            services.link(viewer, contact_id=contact_id, other_id=other)
            said = gettext("Linked: each shows the other.")
    except DomainError as refused:
        number = request.POST.get("number", "")
        return _dialog(request, contact, 422, wrong=sentence_of(refused), number=number)
    return _done(said)


@only(ADVISOR, SUPERVISOR, methods=("POST",))
def unlink(request: HttpRequest, contact_id: int, other_id: int) -> HttpResponse:
    """Take a link back."""
    viewer = viewer_of(request)
    services.unlink(viewer, contact_id=contact_id, other_id=other_id)
    return fragment(request, viewer, contact_id)


@only(ADVISOR, methods=("POST",))
def unmerge(request: HttpRequest, contact_id: int, other_id: int) -> HttpResponse:
    """Take a merged exchange out again."""
    viewer = viewer_of(request)
    services.unmerge(viewer, contact_id=contact_id, other_id=other_id)
    return fragment(request, viewer, contact_id)


@only(ADVISOR, methods=("GET", "POST"))
def split(request: HttpRequest, contact_id: int, message_id: int) -> HttpResponse:
    """Let a message go on as an exchange of its own: its subject is asked, then it is offered to the same advisor."""
    viewer = viewer_of(request)
    contact, message = reads.get(viewer, contact_id), reads.message(viewer, message_id)
    context = {"contact": contact, "message": message, "subject": message.subject or contact.subject}
    if request.method != "POST":
        return render(request, "contacts/split.html", context)
    subject = request.POST.get("subject", "")
    try:
        new = services.split(viewer, message_id=message_id, subject=subject)
    except DomainError as refused:
        return render(
            request,
            "contacts/split.html",
            context | {"subject": subject, "wrong": sentence_of(refused)},
            status=422,
        )
    said = gettext("Split off as no. %(number)s. It is offered to you first.") % {"number": new.pk}
    return _done(said)


@only(ADVISOR, SUPERVISOR)
def colleagues(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Colleagues who fit what was typed after an @ in a note, as options of a list."""
    viewer = viewer_of(request)
    contact = reads.get(viewer, contact_id)
    found = reads.nameable(viewer, contact.principal_id, request.GET.get("q", "").strip())
    return render(request, "contacts/colleagues.html", {"people": found})


@only(ADVISOR, SUPERVISOR, QUALITY)
def mentions(request: HttpRequest) -> HttpResponse:
    """Where colleagues named the viewer in a note, for the bar; it fetches itself again at each notice."""
    return render(request, "contacts/mentions.html", {"mentions": reads.mentions_waiting(viewer_of(request))})
