"""What a customer may know of a call-back: when one can be had, and what was promised to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.core import signing
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from ligne.channels.web.rules.windows import Window
from ligne.contacts import reads as contacts
from ligne.contacts.models import CallBack
from ligne.kit import clock
from ligne.kit.errors import NotFound
from ligne.kit.viewer import Viewer
from ligne.routing import reads as routing
from ligne.routing.reads import Front

_SALT = "ligne.web.promise"
LINK_LIVES = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Offer:
    """When `front`'s queue can call: right now or not, and the windows to choose from."""

    front: Front
    now: bool
    slots: Sequence[Window]


def offer(queue: str) -> Offer:
    """What the request page shows. Raises `NotFound`."""
    now = clock.now()
    front = routing.front(queue)
    slots = [(slot.start, slot.end) for slot in routing.slots(queue, now)]
    return Offer(front, front.open, slots)


def link_to(promise: CallBack) -> str:
    """The signed end of the address by which the customer sees, moves or cancels the promise."""
    return signing.dumps([promise.pk, promise.principal_id], salt=_SALT)


def promise_of(link: str) -> tuple[Viewer, CallBack]:
    """The promise behind a signed link, and the viewer that acts for its customer. Raises `NotFound`."""
    try:
        call_back_id, principal_id = _unsign(link)
    except (signing.BadSignature, ValueError, TypeError):
        raise NotFound from None
    viewer = Viewer.system(principal_id)
    return viewer, contacts.call_back(viewer, call_back_id)


def promise_for(viewer: Viewer, call_back_id: int) -> CallBack:
    """A promise that the viewer may see. Raises `NotFound`."""
    return contacts.call_back(viewer, call_back_id)


def _unsign(link: str) -> tuple[int, int]:
    call_back_id, principal_id = signing.loads(link, salt=_SALT, max_age=LINK_LIVES)
    return int(call_back_id), int(principal_id)


def words_of(window: Window, zone: str) -> str:
    """A window for people: "as soon as possible, before 14 h 35" or "tuesday 24 november, between 10 h and 10 h 30"."""
    with timezone.override(zone):
        start, end = (timezone.localtime(moment) for moment in window)
        today = timezone.localtime(clock.now()).date()
        if start <= timezone.localtime(clock.now()) + timedelta(minutes=1):
            return gettext("as soon as possible, before %(end)s") % {"end": date_format(end, "TIME_FORMAT")}
        day = gettext("today") if start.date() == today else date_format(start, gettext("l j F"))
        return gettext("%(day)s, between %(start)s and %(end)s") % {
            "day": day,
            "start": date_format(start, "TIME_FORMAT"),
            "end": date_format(end, "TIME_FORMAT"),
        }
