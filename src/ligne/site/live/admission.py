"""Who may follow what, asked for many lines in a few questions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils.crypto import constant_time_compare

from ligne.kit import clock, live
from ligne.kit.registry import Registry
from ligne.kit.viewer import ADMINISTRATOR, QUALITY, SUPERVISOR
from ligne.staff import reads as staff
from ligne.staff.events import PersonEvent

Guest = Callable[[str, str], str | None]
"""Given a public id and a token, the topic they open, or None."""
guests: Registry[Guest] = Registry("live guest")


@dataclass(frozen=True, slots=True)
class Person:
    """Whose session it is, and the topics they may follow; `floor` are those of the floors they watch over."""

    user_id: int
    own: frozenset[str]
    floor: frozenset[str]

    def topics(self, wants_floor: bool) -> frozenset[str]:
        """What one page follows."""
        return self.own | self.floor if wants_floor and self.floor else self.own


def people(sessions: Iterable[str]) -> dict[str, Person]:
    """The signed-in person of each session key, in three questions for any number; strangers are left out."""
    keys = {key for key in sessions if key}
    signed = {}
    for row in Session.objects.filter(session_key__in=keys, expire_date__gt=clock.now()):
        facts = row.get_decoded()
        if str(facts.get(SESSION_KEY, "")).isdigit():
            signed[row.session_key] = (int(facts[SESSION_KEY]), str(facts.get(HASH_SESSION_KEY, "")))
    viewers = staff.viewers({user_id for user_id, _ in signed.values()})
    known: dict[int, Person] = {}
    found = {}
    for key, (user_id, proof) in signed.items():
        if user_id not in viewers:
            continue
        user, viewer = viewers[user_id]
        # A new password ends every session that was opened with the old one.
        proofs = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
        if not any(constant_time_compare(proof, one) for one in proofs):
            continue
        if user_id not in known:
            watches = viewer.has_role(SUPERVISOR, ADMINISTRATOR, QUALITY)
            floor = frozenset(f"floor:{principal}" for principal in viewer.principals) if watches else frozenset()
            known[user_id] = Person(user_id, frozenset({f"user:{user_id}"}), floor)
        found[key] = known[user_id]
    return found


def rights_changed(happened: PersonEvent) -> None:
    """A person's role, companies or account changed: their open lines are looked at again at once."""
    live.push(f"user:{happened.subject_id}", live.ACCESS)


def guest(kind: str, public_id: str, token: str) -> str | None:
    """The topic that a customer's page may follow, or None."""
    return guests.get(kind)(public_id, token) if kind in guests else None


def session_in(cookies: str) -> str:
    """The session key among a request's cookies, or ""."""
    try:
        found = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return ""
    return found.value if found else ""
