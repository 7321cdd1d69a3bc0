"""The key by which our threads and messages are signed, derived from the centre's own secret."""

from __future__ import annotations

import hashlib

from django.conf import settings


def signing() -> bytes:
    """32 bytes, the same in every process of the centre."""
    return hashlib.sha256(b"ligne.email.thread:" + settings.SECRET_KEY.encode()).digest()
