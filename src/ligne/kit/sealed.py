"""Secrets at rest that must be read again: encrypted with a key derived from the centre's own secret."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from ligne.kit.errors import Unavailable
from ligne.kit.models import LastingKey
from ligne.kit.text import N_


def _box(purpose: str) -> MultiFernet:
    """Seals with the present key; opens with those before it as well, while they are kept."""
    return MultiFernet([_with(key, purpose) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _with(key: str, purpose: str) -> Fernet:
    digest = hashlib.sha256(f"ligne.sealed:{purpose}:".encode() + key.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))


class SecretLost(Unavailable):
    """What was sealed can no longer be read: the centre's own secret changed since."""

    sentence = N_(
        "A secret kept here can no longer be read, since the secret of the centre changed. It has to be entered again."
    )


def seal(purpose: str, secret: str) -> str:
    """`secret` encrypted for one `purpose`, as text."""
    return _box(purpose).encrypt(secret.encode()).decode()


def unseal(purpose: str, sealed: str) -> str:
    """What was sealed for `purpose`. Raises `SecretLost` when the centre's secret changed since."""
    try:
        return _box(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise SecretLost from None


def reseal(purpose: str, sealed: str) -> str:
    """The same secret sealed with the present key. Raises `SecretLost` when no key that is kept opens it."""
    try:
        return _box(purpose).rotate(sealed.encode()).decode()
    except InvalidToken:
        raise SecretLost from None


# Purposes whose keys must not change with the centre's: what was digested or signed with them cannot be made again.
LASTING = ("customers.opposition", "email.thread")
_lasting: dict[tuple[str, str], bytes] = {}


def lasting(purpose: str) -> bytes:
    """The 32 bytes that sign or digest for one of the purposes `LASTING`, the same for as long as the centre exists.

    They derive from the centre's first key. When another takes its place (`keep_lasting`), they are kept, sealed.
    """
    known = _lasting.get((purpose, settings.SECRET_KEY))
    if known is None:
        kept = LastingKey.objects.filter(pk=purpose).first()
        known = bytes.fromhex(unseal(_LASTING, kept.sealed)) if kept else _first(purpose, settings.SECRET_KEY)
        _lasting[(purpose, settings.SECRET_KEY)] = known
    return known


def keep_lasting(first_key: str) -> int:
    """While `first_key` gives its place to the present one: keep what derives from it; returns how many are sealed."""
    for purpose in LASTING:
        kept = LastingKey.objects.filter(pk=purpose).first()
        text = unseal(_LASTING, kept.sealed) if kept else _first(purpose, first_key).hex()
        LastingKey.objects.update_or_create(purpose=purpose, defaults={"sealed": seal(_LASTING, text)})
    return len(LASTING)


_LASTING = "lasting"


def _first(purpose: str, key: str) -> bytes:
    if purpose not in LASTING:
        raise KeyError(purpose)
    return hashlib.sha256(f"ligne.lasting:{purpose}:{key}".encode()).digest()
