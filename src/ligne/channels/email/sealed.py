"""Secrets at rest: mailbox passwords are encrypted with a key derived from the centre's own secret."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from ligne.kit.errors import Unavailable
from ligne.kit.text import N_


def _box() -> Fernet:
    digest = hashlib.sha256(b"ligne.email.sealed:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))


def seal(secret: str) -> str:
    """`secret` encrypted, as text; "" stays "" (no secret)."""
    return _box().encrypt(secret.encode()).decode() if secret else ""


def unseal(sealed: str) -> str:
    """What was sealed. Raises `Unavailable` when the centre's secret changed since."""
    if not sealed:
        return ""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unavailable(
            N_(
                "The password kept for this mailbox can no longer be read: the secret of the centre changed. "
                "Type it again."
            )
        ) from None
