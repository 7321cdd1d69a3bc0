"""Page shells: the advisor's desk, the supervisor's floor, the office, the page of components."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from ligne.contacts import reads as contacts
from ligne.kit.clock import now
from ligne.kit.http import only, viewer_of
from ligne.kit.viewer import ADMINISTRATOR, ADVISOR, QUALITY, SUPERVISOR
from ligne.routing import reads as routing
from ligne.staff import reads as staff
from ligne.staff import services as staff_services

HOME = {SUPERVISOR: "desks:floor", QUALITY: "desks:floor", ADMINISTRATOR: "desks:office"}


@only()
def home(request: HttpRequest) -> HttpResponse:
    """The advisor's desk; everybody else's own page."""
    elsewhere = HOME.get(viewer_of(request).role)
    return redirect(elsewhere) if elsewhere else render(request, "desks/desk.html")


@only(SUPERVISOR, QUALITY)
def floor(request: HttpRequest) -> HttpResponse:
    """The supervisor's floor: the panels of "floor.main" and "floor.side"."""
    return render(request, "desks/floor.html")


@only(ADMINISTRATOR)
def office(request: HttpRequest) -> HttpResponse:
    """The office: what an administrator sets, as the panels of "office.nav"."""
    return render(request, "desks/office.html")


@only(ADVISOR, SUPERVISOR)
def offer(request: HttpRequest) -> HttpResponse:
    """What is offered to the viewer right now, as a banner; empty when nothing is."""
    context = {"row": routing.offered(viewer_of(request)), "decline_reasons": routing.DECLINE_REASONS}
    return render(request, "desks/offer.html", context)


@only(ADVISOR, SUPERVISOR, QUALITY)
def facts(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Queue, wait and target of one exchange, for its head."""
    viewer = viewer_of(request)
    contact = contacts.get(viewer, contact_id)
    queue = routing.queue_called(contact.queue)
    waited = ((contact.accepted_at or now()) - contact.arrived_at).total_seconds()
    return render(request, "desks/facts.html", {"contact": contact, "queue": queue, "waited": waited})


@only(methods=("POST",))
def preferences(request: HttpRequest) -> HttpResponse:
    """Appearance, language or sound, chosen in the name menu; a new language draws the page again."""
    person = staff.person(viewer_of(request), viewer_of(request).user_id or 0)
    chosen = request.POST
    language = chosen.get("language", person.language)
    staff_services.set_own_profile(
        viewer_of(request),
        name=person.name,
        language=language,
        theme=chosen.get("theme", person.theme),
        signature=person.signature,
        sound=chosen["sound"] == "1" if "sound" in chosen else person.sound,
    )
    response = HttpResponse(status=204)
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=31536000, samesite="Lax", httponly=True)
    if language != person.language:
        response["HX-Refresh"] = "true"
    return response


@only(ADMINISTRATOR)
def parts(request: HttpRequest) -> HttpResponse:
    """The living page of components: what the style sheet and the tags offer, as they look now."""
    context = {
        "now": now(),
        "tones": ["ok", "warn", "bad", "info", "mute"],
        "seconds": [35, 252, 7800, 273_600],
    }
    return render(request, "desks/parts.html", context)
