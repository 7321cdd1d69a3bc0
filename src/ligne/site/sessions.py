"""Open sessions end when what they were opened for changes: the role, the account itself."""

from __future__ import annotations

from allauth.usersessions.models import UserSession

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
