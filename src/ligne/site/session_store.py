"""Django's sessions in the database, read by a prepared question: every request begins with one."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from ligne.kit.prepared import Prepared

_OPEN = Prepared(lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now))


class SessionStore(db.SessionStore):
    """One row a session; what it holds is signed, as Django does."""

    def _get_session_from_db(self) -> Any:
        key = self.session_key
        found = _OPEN.one(key=key, now=timezone.now()) if key else None
        if found is None:
            self._session_key = None
        return found
