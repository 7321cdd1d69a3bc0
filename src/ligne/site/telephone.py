"""How the telephone stands, for `ligne doctor`: programs, controller, exchanges, softphones, carrier."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import httpx
from django.conf import settings

from ligne.channels.voice import pbx
from ligne.kit import heartbeats
from ligne.site import env

OK, OFF, WRONG = "ok", "off", "wrong"
# A controller beats for each exchange that is connected every few seconds.
HEARD_S, ANSWER_S = 15, 5.0
NO_TELEPHONE = OFF, "LIGNE_VOICE is not set: this centre has no telephone"
Finding = tuple[str, str]


def _programs() -> Finding:
    """Whether Asterisk is there, where the centre starts it."""
    if settings.VOICE == "external":
        return OFF, "LIGNE_VOICE=external: the exchange is not started by the centre"
    if pbx.found(settings.PBX_PROGRAMS) is None:
        return WRONG, f"Asterisk is neither on this machine nor in {settings.PBX_PROGRAMS}; `ligne run` fetches it"
    return OK, "Asterisk is there"


def _controller() -> Finding:
    """Whether a controller of calls takes exchanges here."""
    where = f"{settings.ARI_HOST}:{settings.ARI_PORT}"
    try:
        with socket.create_connection((settings.ARI_HOST, settings.ARI_PORT), timeout=ANSWER_S):
            return OK, f"takes exchanges at {where}"
    except OSError:
        return _missing(f"nothing takes exchanges at {where}; `ligne serve voice` does")


def _exchanges() -> Finding:
    """Which exchanges are connected to a controller."""
    silent = [name for name in settings.EXCHANGES if not heartbeats.alive(f"exchange:{name}", HEARD_S)]
    if silent:
        return _missing(f"not connected within {HEARD_S} s: {', '.join(silent)}")
    return OK, f"connected: {', '.join(settings.EXCHANGES)}"


def _softphones() -> Finding:
    """How many softphones are registered."""
    states = [one["state"] for one in _endpoints() if one["resource"].startswith("a")]
    return OK, f"{states.count('online')} registered of {len(states)} known"


def _carrier() -> Finding:
    """Whether there is somebody to call out by."""
    if not settings.SIP_TRUNK:
        return OFF, "LIGNE_SIP_TRUNK is not set: nobody can be called outside"
    state = next((one["state"] for one in _endpoints() if one["resource"] == pbx.TRUNK), "")
    if not state:
        return WRONG, f"the exchange does not know {settings.SIP_TRUNK}: restart it"
    return (WRONG if state == "offline" else OK), f"{settings.SIP_TRUNK}, {state}"


def _endpoints() -> list[dict[str, Any]]:
    """Whom the exchanges know by SIP."""
    found: list[dict[str, Any]] = []
    for address in settings.EXCHANGES.values():
        signed = ("ligne", settings.ARI_PASSWORD)
        answer = httpx.get(f"{address}/ari/endpoints/PJSIP", auth=signed, timeout=ANSWER_S, trust_env=False)
        found += answer.raise_for_status().json()
    return found


def _missing(detail: str) -> Finding:
    """Wrong while the centre runs; off while it does not."""
    try:
        with socket.create_connection(("127.0.0.1", env.port("LIGNE_PORT", 8000)), timeout=ANSWER_S):
            return WRONG, detail
    except OSError:
        return OFF, detail


def _with_telephone(look: Callable[[], Finding]) -> Callable[[], Finding]:
    def found() -> Finding:
        if not settings.VOICE:
            return NO_TELEPHONE
        try:
            return look()
        except httpx.HTTPError:
            return _missing("the exchange does not answer")

    return found


PARTS: list[tuple[str, Callable[[], Finding]]] = [
    ("telephone_programs", _with_telephone(_programs)),
    ("telephone_controller", _with_telephone(_controller)),
    ("telephone_exchanges", _with_telephone(_exchanges)),
    ("telephone_softphones", _with_telephone(_softphones)),
    ("telephone_carrier", _with_telephone(_carrier)),
]
