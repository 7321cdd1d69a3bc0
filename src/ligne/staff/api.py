"""One's own presence, for programs (a softphone, a badge reader)."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from ligne.kit.api import REFUSALS, Schema, ShortText, scoped, viewer
from ligne.kit.errors import Forbidden
from ligne.staff import services

router = Router(tags=["presence"])


class PresenceAsked(Schema):
    """The state one chooses; some states take a reason ("break" takes "lunch")."""

    state: ShortText = Field(examples=["break"])
    reason: ShortText = Field(default="", examples=["lunch"])


class PresenceNow(Schema):
    """The state one is in, since when."""

    state: str = Field(examples=["break"])
    reason: str = Field(examples=["lunch"])
    since: datetime


@router.put("/me/presence", response={200: PresenceNow, **REFUSALS}, summary="Change one's own presence")
@scoped("presence:write")
def set_own_presence(request: HttpRequest, body: PresenceAsked) -> Any:
    """Acts for the person whose token it is. The same state again changes nothing."""
    who = viewer(request)
    if who.user_id is None:
        raise Forbidden
    return services.set_presence(who, user_id=who.user_id, state=body.state, reason=body.reason)
