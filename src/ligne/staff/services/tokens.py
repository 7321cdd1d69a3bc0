"""Keys for programs: made once, shown once, kept as a digest, narrowed by scopes."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from ligne.kit import bus, clock, sql
from ligne.kit.errors import Forbidden, Invalid, NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, Viewer
from ligne.staff import reads
from ligne.staff.events import TokenCreated, TokenRevoked
from ligne.staff.models import ApiToken

EVERYTHING = "*"
SCOPES = (
    "customers:read",
    "customers:write",
    "contacts:read",
    "contacts:write",
    "queues:read",
    "presence:write",
    "journal:read",
    "webhooks:write",
)
_PREFIX = "lc_"
# How stale `last_used_at` may be: a write per request would cost more than it tells.
_USED_EVERY = timedelta(minutes=1)


def create(
    viewer: Viewer,
    *,
    user_id: int,
    scopes: Iterable[str],
    name: str = "",
    expires_at: datetime | None = None,
) -> tuple[str, ApiToken]:
    """Make a key that acts as `user_id`; returns the secret, which is kept nowhere, and its row.

    Administrators make keys for the people they see. Raises `Forbidden`, `NotFound`, `Invalid` (scopes, expires_at).
    """
    _administrator(viewer)
    wanted = sorted(set(scopes))
    if not wanted or set(wanted) - {*SCOPES, EVERYTHING}:
        raise Invalid(N_("Choose at least one scope among those that exist. No key was made."), field="scopes")
    now = clock.now()
    if expires_at is not None and expires_at <= now:
        raise Invalid(N_("The end of a key must lie ahead. No key was made."), field="expires_at")
    person = reads.person(viewer, user_id)
    secret = _PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=person,
            name=name.replace("\x00", "").strip()[:80],
            shown=secret[:9],
            digest=_digest(secret),
            scopes=wanted,
            created_at=now,
            created_by_id=viewer.user_id,
            expires_at=expires_at,
        )
        bus.announce(
            TokenCreated(
                subject_id=person.pk, principal_id=None, actor_id=viewer.user_id, token_id=token.pk, scopes=wanted
            )
        )
    return secret, token


def revoke(viewer: Viewer, *, token_id: int) -> ApiToken:
    """Take a key back: its next request is refused. Doing it again changes nothing. Raises `NotFound`, `Forbidden`."""
    token = one(viewer, token_id)
    if token.revoked_at is None:
        with transaction.atomic():
            token.revoked_at = clock.now()
            token.save(update_fields=["revoked_at"])
            bus.announce(
                TokenRevoked(subject_id=token.user_id, principal_id=None, actor_id=viewer.user_id, token_id=token.pk)
            )
    return token


def listed(viewer: Viewer) -> list[ApiToken]:
    """Every key of the people the viewer sees, newest first."""
    _administrator(viewer)
    return list(ApiToken.objects.filter(user__in=reads.visible_people(viewer)).select_related("user"))


def one(viewer: Viewer, token_id: int) -> ApiToken:
    """One key. Raises `NotFound`."""
    _administrator(viewer)
    found = ApiToken.objects.filter(pk=token_id, user__in=reads.visible_people(viewer)).select_related("user").first()
    if found is None:
        raise NotFound
    return found


# Who acts through a key, in one question: what `reads.viewer_of` would say.
KNOWN = """
SELECT t.id AS token_id, t.scopes, t.expires_at, t.last_used_at, u.id AS user_id, u.role, u.language,
       ARRAY(SELECT p.id FROM staff_user_principals m JOIN staff_principal p ON p.id = m.principal_id
             WHERE m.user_id = u.id AND p.active) AS principals
FROM staff_apitoken t JOIN staff_user u ON u.id = t.user_id
WHERE t.digest = %(digest)s AND t.revoked_at IS NULL AND u.is_active
"""


@dataclass(frozen=True, slots=True)
class Key:
    """A key that is good: its id, who acts through it, and whether its last use was noted lately."""

    id: int
    viewer: Viewer
    noted: bool


def asked(secret: str) -> dict[str, str]:
    """What `KNOWN` is asked with."""
    return {"digest": _digest(secret)}


def told(row: tuple[Any, ...]) -> Key | None:
    """The key of a row of `KNOWN`; None when its time is over."""
    token_id, kept, expires_at, last_used_at, user_id, role, language, principals = row
    now = clock.now()
    if expires_at is not None and expires_at <= now:
        return None
    words = json.loads(kept) if isinstance(kept, str) else kept
    scopes = frozenset(SCOPES if EVERYTHING in words else words)
    viewer = Viewer(user_id=user_id, role=role, principals=frozenset(principals), scopes=scopes, language=language)
    return Key(token_id, viewer, noted=last_used_at is not None and last_used_at >= now - _USED_EVERY)


def authenticate(secret: str) -> tuple[int, Viewer] | None:
    """The key's id and who acts through it; None when it is unknown, over, taken back, or its person is gone.

    Asked at each request.
    """
    found = sql.rows(KNOWN, asked(secret))
    key = told(found[0]) if found else None
    if key is None:
        return None
    if not key.noted:
        ApiToken.objects.filter(pk=key.id).update(last_used_at=clock.now())
    return key.id, key.viewer


def _administrator(viewer: Viewer) -> None:
    if not viewer.has_role(ADMINISTRATOR):
        raise Forbidden


def _digest(secret: str) -> str:
    """The key is 256 random bits: a plain hash cannot be guessed back."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
