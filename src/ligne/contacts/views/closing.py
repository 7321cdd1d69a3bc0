"""How an exchange ends or is put off: end, wrap-up, snooze, the promise to call back."""

from __future__ import annotations

import json
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext

from ligne.contacts import reads, services
from ligne.contacts.forms import CallBackForm
from ligne.contacts.views.exchange import fragment, moments, sender_of
from ligne.contacts.views.writing import moment_of
from ligne.kit import clock
from ligne.kit.errors import Invalid
from ligne.kit.http import only, viewer_of
from ligne.kit.viewer import ADVISOR, SUPERVISOR


def told(sentence: str, **events: object) -> HttpResponse:
    """An answer without content that makes the page say `sentence` and fetch the exchange again."""
    response = HttpResponse(status=204)
    response["HX-Trigger"] = json.dumps({"lc:say": sentence, "lc:refresh": True} | events)
    return response


@only(ADVISOR, methods=("POST",))
def end(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The conversation is over: wrap-up begins."""
    viewer = viewer_of(request)
    services.end_exchange(viewer, contact_id=contact_id)
    return fragment(request, viewer, contact_id)


@only(ADVISOR, SUPERVISOR, methods=("POST",))
def wrap_up(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Close with reason, outcome and next step; refused, the page says which is missing and keeps what was chosen."""
    viewer = viewer_of(request)
    reason = request.POST.get("reason", "")
    said = {name: request.POST.get(name, "") for name in ("outcome", "next_step", "summary")}
    try:
        services.wrap_up(viewer, contact_id=contact_id, reason_id=int(reason) if reason.isdigit() else None, **said)
    except Invalid as missing:
        wrong = {
            "wrap_error": gettext(missing.sentence),
            "wrap_field": missing.field,
            "said": said | {"reason": reason},
        }
        return fragment(request, viewer, contact_id, status=422, **wrong)
    response = fragment(request, viewer, contact_id)
    response["HX-Trigger-After-Settle"] = json.dumps(
        {"lc:closed": {"contact": contact_id}, "lc:say": gettext("Closed and traced.")}
    )
    return response


@only(ADVISOR, methods=("GET", "POST"))
def snooze(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Put a deferred exchange off until a moment to come."""
    viewer = viewer_of(request)
    contact = reads.get(viewer, contact_id)
    if request.method != "POST":
        return render(request, "contacts/snooze.html", {"contact": contact, "moments": moments(clock.now())})
    until = moment_of(request.POST.get("until") or request.POST.get("until_other", ""), "until")
    services.snooze(viewer, contact_id=contact_id, until=until or clock.now())
    return told(gettext("Put off. It will come back to you first."), **{"lc:closed": {"contact": contact_id}})


@only(ADVISOR, methods=("GET", "POST"))
def call_back(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Promise to call the customer back within a window, by me or by the queue."""
    viewer = viewer_of(request)
    contact = reads.get(viewer, contact_id)
    start = timezone.localtime(clock.now() + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    form = CallBackForm(
        request.POST or None,
        initial={"phone": contact.from_phone, "topic": contact.subject, "start": start, "length": 60},
    )
    context = {"contact": contact, "form": form, "sender": sender_of(contact)}
    if request.method != "POST":
        return render(request, "contacts/call_back.html", context)
    if not form.is_valid():
        return render(request, "contacts/call_back.html", context, status=422)
    said = form.cleaned_data
    try:
        services.promise_call_back(
            viewer,
            principal_id=contact.principal_id,
            phone=said["phone"],
            queue=contact.queue,
            window_start=said["start"],
            window_end=said["start"] + timedelta(minutes=int(said["length"])),
            name=sender_of(contact),
            topic=said["topic"],
            owner_id=viewer.user_id if said["mine"] else None,
            origin_id=contact.pk,
            customer_id=contact.customer_id,
        )
    except Invalid as refused:
        form.add_error(
            {"phone": "phone", "window": "start"}.get(refused.field or ""), gettext(refused.sentence) % refused.facts
        )
        return render(request, "contacts/call_back.html", context, status=422)
    return told(gettext("Promised. It is in the list of call-backs."), **{"lc:work": True})
