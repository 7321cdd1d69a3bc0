"""What everybody has: their state in the bar, their settings, their own page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ligne.kit import clock
from ligne.kit.http import only, viewer_of
from ligne.kit.saving import Data, RefusableForm, form_page
from ligne.kit.viewer import SUPERVISOR
from ligne.staff import reads, services, words
from ligne.staff.models import Presence


def _me(request: HttpRequest) -> int:
    """The signed-in person's id."""
    return viewer_of(request).user_id or 0


@only()
def bar(request: HttpRequest) -> HttpResponse:
    """The fragment of the state bar: present state, running timer, what may be chosen."""
    return _bar(request, reads.presence(_me(request)))


@only(methods=("POST",))
def presence(request: HttpRequest) -> HttpResponse:
    """Choose one's state."""
    now = services.set_presence(
        viewer_of(request),
        user_id=_me(request),
        state=request.POST.get("state", ""),
        reason=request.POST.get("reason", ""),
    )
    return _bar(request, now)


@only(SUPERVISOR, methods=("POST",))
def presence_of(request: HttpRequest, user_id: int) -> HttpResponse:
    """Choose somebody else's state; the floor fetches itself again when it is told."""
    services.set_presence(
        viewer_of(request),
        user_id=user_id,
        state=request.POST.get("state", ""),
        reason=request.POST.get("reason", ""),
    )
    return HttpResponse(status=204)


@only(methods=("POST",))
def after_call(request: HttpRequest) -> HttpResponse:
    """Say why after-call work lasts."""
    return _bar(request, services.prolong_after_call(viewer_of(request), reason=request.POST.get("reason", "")))


def _bar(request: HttpRequest, now: Presence | None) -> HttpResponse:
    state = now.state if now else words.OFFLINE
    choices = [
        {
            "state": key,
            "label": label,
            "tone": words.STATE_TONES[key],
            "reasons": words.REASONS.get(key, []),
            "current": key == state,
        }
        for key, label in words.STATES
        if key in words.CHOSEN
    ]
    context: dict[str, Any] = {
        "presence": now,
        "state": state,
        "label": words.STATE_LABELS[state],
        "reason": words.REASON_LABELS.get(now.reason, "") if now and now.reason else "",
        "tone": words.STATE_TONES[state],
        "choices": choices,
        "lost": bool(now and now.reason == words.CONNECTION_LOST),
        "after_call": state == words.AFTER_CALL,
        "after_call_reasons": words.REASONS[words.AFTER_CALL],
    }
    return render(request, "staff/bar.html", context)


class ProfileForm(RefusableForm):
    """What a person chooses for themselves."""

    name = forms.CharField(label=_("Name"), max_length=120)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    theme = forms.ChoiceField(
        label=_("Appearance"),
        choices=[("auto", _("As on this device")), ("light", _("Light")), ("dark", _("Dark"))],
    )
    signature = forms.CharField(
        label=_("Signature"),
        help_text=_("Written at the end of your mails."),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    sound = forms.BooleanField(label=_("Play a sound when something is offered to me"), required=False)


@only(methods=("GET", "POST"))
def profile(request: HttpRequest) -> HttpResponse:
    """One's own settings, with the ways to password, second factor and sessions."""

    def form(data: Data) -> ProfileForm:
        user = reads.person(viewer_of(request), _me(request))
        fields = ("name", "language", "theme", "signature", "sound")
        return ProfileForm(data, initial={field: getattr(user, field) for field in fields})

    return form_page(
        request,
        form=form,
        verb=lambda sent: services.set_own_profile(viewer_of(request), **sent.cleaned_data),
        template="staff/profile.html",
        context={},
        done="staff:profile",
    )


@only()
def page(request: HttpRequest) -> HttpResponse:
    """One's own page: today's time by state; other apps add their panels in the slot "me"."""
    viewer = viewer_of(request)
    today = timezone.localtime(clock.now()).date()
    sheet = reads.timesheet_of(viewer, user_id=_me(request), day=today)
    longest = max((line.seconds for line in sheet.lines), default=0) or 1
    lines = [
        {
            "label": words.STATE_LABELS[line.state],
            "reason": words.REASON_LABELS.get(line.reason, line.reason),
            "tone": words.STATE_TONES[line.state],
            "seconds": line.seconds,
            "times": line.times,
        }
        for line in sheet.lines
        if line.state != words.OFFLINE
    ]
    return render(
        request, "staff/me.html", {"lines": lines, "longest": longest, "present_s": sheet.present_s, "day": today}
    )
