"""Open sessions: when they were used, and their end when what they were opened for changes (the role, the account)."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponseBase

from ligne.staff.events import PersonDeactivated, PersonUpdated


def on_person_updated(event: PersonUpdated) -> None:
    """Another role or sign-in address: sign in again. (Another password ends sessions by itself.)"""
    if {"role", "email"} & set(event.changed):
        _end(event.subject_id)


def on_person_deactivated(event: PersonDeactivated) -> None:
    """A closed account has no session."""
    _end(event.subject_id)


def _end(user_id: int) -> None:
    for session in UserSession.objects.filter(user_id=user_id):
        session.end()


class Activity:
    """Keep when and from where each session was last used, once a minute: a write for each page would cost more than
    the page, and tell no more."""

    EVERY_S = 60.0
    _MOST = 20_000  # sessions remembered by one process

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._written: OrderedDict[str, float] = OrderedDict()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        key = request.session.session_key
        if key and request.user.is_authenticated and self._is_due(key):
            UserSession.objects.create_from_request(request)
        return self.get_response(request)

    def _is_due(self, key: str) -> bool:
        now = time.monotonic()
        if now - self._written.get(key, -self.EVERY_S) < self.EVERY_S:
            return False
        self._written[key] = now
        self._written.move_to_end(key)
        while len(self._written) > self._MOST:
            self._written.popitem(last=False)
        return True
