"""Secrets at rest that must be read again: encrypted with a key derived from the centre's own secret."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from ligne.kit.errors import Unavailable


def _box(purpose: str) -> Fernet:
    digest = hashlib.sha256(f"ligne.sealed:{purpose}:".encode() + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))


def seal(purpose: str, secret: str) -> str:
    """`secret` encrypted for one `purpose`, as text."""
    return _box(purpose).encrypt(secret.encode()).decode()


def unseal(purpose: str, sealed: str) -> str:
    """What was sealed for `purpose`. Raises `Unavailable` when the centre's secret changed since."""
    try:
        return _box(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unavailable from None
