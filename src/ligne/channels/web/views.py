"""The public call-back pages, and what the advisor sees beside a call."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ligne.channels.web import reads, services
from ligne.channels.web.forms import CallBackForm, WhenForm
from ligne.contacts import reads as contacts
from ligne.contacts.models import CallBack
from ligne.kit import colours, http, throttle
from ligne.kit.errors import Conflict, Invalid, TooMany

STATES = {
    CallBack.State.PROMISED: "promised",
    CallBack.State.BROKEN: "late",
    CallBack.State.IN_PROGRESS: "calling",
    CallBack.State.KEPT: "kept",
    CallBack.State.CANCELLED: "cancelled",
}


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, queue: str) -> HttpResponse:
    """The request page of a queue; sent, it leads to the promise."""
    offer = reads.offer(queue)
    form = CallBackForm(request.POST or None, offer=offer)
    if request.method == "POST":
        try:
            throttle.check_everywhere("callback.ask", http.source(request), times=20, seconds=600)
        except TooMany as refusal:
            form.is_valid()  # what was typed stays in the page
            form.add_error(None, http.sentence_of(refusal))
            page = _page(request, "channel_web/ask.html", offer, form=form, status=429)
            page["Retry-After"] = str(refusal.retry_after)
            return page
        if form.is_valid():
            try:
                promise = services.ask(queue=queue, **form.cleaned_data)
            except Invalid as refusal:
                _blame(form, refusal)
            else:
                return redirect("channel_web:promise", link=reads.link_to(promise))
    return _page(request, "channel_web/ask.html", offer, form=form, status=422 if form.errors else 200)


def _blame(form: WhenForm, refusal: Invalid) -> None:
    form.add_error(refusal.field if refusal.field in form.fields else None, http.sentence_of(refusal))


def _page(
    request: HttpRequest, template: str, offer: reads.Offer, status: int = 200, **context: object
) -> HttpResponse:
    front = offer.front
    colour = colours.colour_or_house(front.colour)
    principal = {"name": front.principal_name, "colour": colour, "ink": colours.ink_on(colour)}
    return render(request, template, {"principal": principal, "offer": offer, **context}, status=status)


@require_GET
def promise(request: HttpRequest, link: str) -> HttpResponse:
    """What was promised, by a signed link: see it, move it, cancel it."""
    return _promise_page(request, link)


def _promise_page(request: HttpRequest, link: str, form: WhenForm | None = None, problem: str = "") -> HttpResponse:
    _, found = reads.promise_of(link)
    offer = reads.offer(found.queue)
    state = STATES[CallBack.State(found.state)]
    context = {
        "link": link,
        "promise": found,
        "state": state,
        "movable": state in {"promised", "late"},
        "when": reads.words_of((found.window_start, found.window_end), offer.front.zone),
        "form": form or WhenForm(offer=offer),
        "problem": problem,
    }
    status = 422 if form and form.errors else 409 if problem else 200
    response = _page(request, "channel_web/promise.html", offer, status=status, **context)
    response["Referrer-Policy"] = "no-referrer"  # the address is the key
    return response


@require_POST
def cancel(request: HttpRequest, link: str) -> HttpResponse:
    """The customer cancels."""
    try:
        services.cancel(link)
    except Conflict as refusal:
        return _promise_page(request, link, problem=http.sentence_of(refusal))
    return redirect("channel_web:promise", link=link)


@require_POST
def move(request: HttpRequest, link: str) -> HttpResponse:
    """The customer chooses another moment."""
    _, found = reads.promise_of(link)
    form = WhenForm(request.POST, offer=reads.offer(found.queue))
    if not form.is_valid():
        return _promise_page(request, link, form=form)
    try:
        services.move(link, start=form.cleaned_data["start"])
    except Invalid as refusal:
        _blame(form, refusal)
        return _promise_page(request, link, form=form)
    except Conflict as refusal:
        return _promise_page(request, link, problem=http.sentence_of(refusal))
    return redirect("channel_web:promise", link=link)


@http.only(methods=("GET", "POST"))
def desk(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Beside a call: the number to dial and, once dialled, what it came to."""
    viewer = http.viewer_of(request)
    contact = contacts.get(viewer, contact_id)
    found = contacts.call_back_of(viewer, contact_id)
    attempted = None
    if request.method == "POST" and found is not None:
        attempted = services.attempt(viewer, call_back_id=found.pk, result=request.POST.get("result", ""))
    return render(
        request,
        "channel_web/desk.html",
        {
            "contact": contact,
            "call_back": attempted or found,
            "attempted": attempted,
            "telephony": bool(settings.VOICE),
            "may_attempt": attempted is None
            and found is not None
            and found.state == CallBack.State.IN_PROGRESS
            and contact.advisor_id == viewer.user_id,
        },
    )
