"""The softphone's credentials, and the controls of a call."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache

from ligne.channels.voice import paying, reads, services
from ligne.channels.voice.rules import saying
from ligne.channels.voice.rules.flow import ADVISOR, THIRD, Call, Phase
from ligne.channels.voice.rules.flow import SUPERVISOR as WATCHING
from ligne.contacts import reads as contacts
from ligne.contacts import services as contact_services
from ligne.kit import http
from ligne.kit.errors import Invalid
from ligne.kit.viewer import ADVISOR as AN_ADVISOR
from ligne.kit.viewer import SUPERVISOR, Viewer

KEYS = "123456789*0#"


@http.only(AN_ADVISOR, SUPERVISOR)
def panel(request: HttpRequest) -> HttpResponse:
    """The softphone in the bar; nothing without telephony."""
    if not settings.VOICE:
        return HttpResponse("")
    return render(request, "channel_voice/softphone.html", {"keys": KEYS})


@never_cache
@http.only(AN_ADVISOR, SUPERVISOR)
def softphone(request: HttpRequest) -> HttpResponse:
    """How this person's browser registers: {"name", "secret", "exchanges", "ice"}; {"off": true} without telephony."""
    if not settings.VOICE:
        return JsonResponse({"off": True})
    name, secret = services.credentials(http.viewer_of(request))
    ice = [{"urls": settings.STUN}] if settings.STUN else []
    address, user, relay_secret = settings.TURN
    if address:
        ice.append({"urls": address, "username": user, "credential": relay_secret})
    exchanges = {of: f"{settings.SIP_PATH}/{of}" for of in settings.EXCHANGES}
    return JsonResponse({"name": name, "secret": secret, "exchanges": exchanges, "ice": ice})


@http.only(AN_ADVISOR, SUPERVISOR, methods=("POST",))
def ready(request: HttpRequest) -> HttpResponse:
    """The softphone is registered at an exchange."""
    services.ready(http.viewer_of(request), exchange=request.POST.get("exchange", ""))
    return HttpResponse(status=204)


@http.only()
def desk(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The call beside the exchange: who hears whom, and what can be done."""
    viewer = http.viewer_of(request)
    contact = contacts.get(viewer, contact_id)
    found = reads.call_of(viewer, contact_id)
    context: dict[str, Any] = {
        "contact": contact,
        "telephony": bool(settings.VOICE),
        "mine": contact.advisor_id == viewer.user_id,
        "under_way": False,
        "payments": reads.payments(viewer, contact_id),
    }
    if contact.channel == "voicemail":
        context["left"] = reads.message_of(viewer, contact_id)
    if found:
        row, call = found
        context |= {"row": row, "talked_s": reads.talked_s(row), "recordings": reads.recordings(viewer, contact_id)}
        if row.talked_at is None and (why := saying.not_reached(row.direction, row.ended_by)):
            context["not_reached"] = gettext(why)
        context["watches"] = viewer.has_role(SUPERVISOR) and not context["mine"]
        context |= _facts(call, viewer) if call is not None else {}
    return render(request, "channel_voice/desk.html", context)


def _facts(call: Call, viewer: Viewer) -> dict[str, Any]:
    tone, sentence = saying.state(call)
    watchers = [leg for leg in call.legs if leg.role == WATCHING]
    return {
        "call": call,
        "steps": paying.steps_of(call),
        "takes_payments": reads.takes_payments(),
        "third": call.leg(THIRD),
        "under_way": call.phase != Phase.ENDED,
        "talking": call.phase == Phase.TALKING and call.up(ADVISOR) is not None,
        "watched": any(leg.up for leg in watchers),
        "mode": next((leg.mode for leg in watchers if leg.user_id == viewer.user_id), ""),
        "recorded": call.plan.recorded and not call.objected,
        "tone": tone,
        "state": gettext(sentence),
    }


@http.only(AN_ADVISOR, SUPERVISOR, methods=("POST",))
def act(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Hold, resume, transfer …: the exchange does it, the panel follows."""
    services.act(http.viewer_of(request), contact_id=contact_id, what=request.POST.get("act", ""))
    return HttpResponse(status=204)


@http.only(AN_ADVISOR, SUPERVISOR, methods=("GET", "POST"))
def consult(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The dialog to call a colleague or a number while the customer holds."""
    viewer = http.viewer_of(request)
    person, number = request.POST.get("user", ""), request.POST.get("number", "")
    colleague = int(person) if person.isdigit() else None
    context: dict[str, Any] = {
        "contact": contacts.get(viewer, contact_id),
        "colleagues": reads.colleagues(viewer, contact_id),
        "chosen": colleague,
        "number": number,
    }
    if request.method == "POST":
        try:
            services.act(viewer, contact_id=contact_id, what="consult", number=number, user_id=colleague)
        except Invalid as refused:
            return render(
                request, "channel_voice/consult.html", context | {"wrong": http.sentence_of(refused)}, status=422
            )
        return HttpResponse(status=204)
    return render(request, "channel_voice/consult.html", context)


@http.only(AN_ADVISOR, SUPERVISOR, methods=("POST",))
def dial(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Call the customer."""
    services.dial(http.viewer_of(request), contact_id=contact_id)
    return HttpResponse(status=204)


@http.only(AN_ADVISOR, SUPERVISOR, methods=("POST",))
def call(request: HttpRequest) -> HttpResponse:
    """Call a number that stands on a page. Somebody who opposed calls is called for a purpose that is said first."""
    viewer, given = http.viewer_of(request), request.POST
    ids = {name: int(given[name]) for name in ("customer", "contact", "call_back", "principal") if _is_id(given, name)}
    asked = services.wanted(
        viewer,
        number=given.get("number", ""),
        customer_id=ids.get("customer"),
        contact_id=ids.get("contact"),
        call_back_id=ids.get("call_back"),
        principal_id=ids.get("principal"),
    )
    purpose = given.get("purpose", "")
    if not purpose and asked.customer_id is not None and contact_services.must_say_why(viewer, asked.customer_id):
        context = {"asked": asked, "given": given, "purposes": contact_services.PURPOSES}
        headers = {"HX-Retarget": "#dialog-body", "HX-Reswap": "innerHTML", "HX-Trigger": "lc:dialog"}
        page = render(request, "channel_voice/purpose.html", context)
        for name, value in headers.items():
            page[name] = value
        return page
    contact = services.call(viewer, asked, purpose=purpose or "service")
    return _shown(request, contact.pk)


def _is_id(given: QueryDict, name: str) -> bool:
    return given.get(name, "").isdecimal()


def _shown(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Show the exchange: the desk opens it in place, any other page leads there."""
    there = urlsplit(request.headers.get("HX-Current-URL", ""))
    if there.path == "/":
        return HttpResponse(status=204, headers={"HX-Trigger": json.dumps({"lc:open": {"contact": contact_id}})})
    where = f"/?contact={contact_id}"
    return HttpResponse(status=204, headers={"HX-Redirect": where}) if there.path else redirect(where)


@http.only()
def message(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The message left on the line; who listens is traced."""
    sound = services.play_message(http.viewer_of(request), contact_id=contact_id)
    return HttpResponse(
        sound, content_type="audio/wav", headers={"Content-Disposition": 'inline; filename="message.wav"'}
    )


@http.only()
def recording(request: HttpRequest, recording_id: int) -> HttpResponse:
    """The sound of a call, the customer on the left and the advisor on the right; who listens is traced."""
    sound = services.play(http.viewer_of(request), recording_id=recording_id)
    return _wav(sound, "call.wav")


def _wav(sound: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        sound,
        content_type="audio/wav",
        headers={"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "private, no-store"},
    )
