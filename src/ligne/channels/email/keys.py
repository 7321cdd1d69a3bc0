"""The key by which our threads and messages are signed; answers come years later, so it outlives the centre's own."""

from __future__ import annotations

from ligne.kit import sealed


def signing() -> bytes:
    """32 bytes, the same in every process of the centre."""
    return sealed.lasting("email.thread")
