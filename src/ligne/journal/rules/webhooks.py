"""Webhooks: which address may be called, how a delivery is signed, when it is tried again. Pure."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from ligne.kit import addresses
from ligne.kit.errors import Invalid
from ligne.kit.text import N_

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=6)
GIVE_UP_AFTER = timedelta(hours=24)
# How far apart the sender's and the receiver's clocks may be.
TOLERANCE_S = 300


def check_url(url: str, *, private: bool) -> str:
    """`url` when it may be subscribed: https, or http too where `private` addresses are allowed. Raises `Invalid`."""
    wrong = Invalid(N_("Give the full address to call, beginning with https://. Nothing was saved."), field="url")
    if len(url) > 500 or not url.isprintable() or any(c.isspace() for c in url):
        raise wrong
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise wrong from None
    schemes = {"https", "http"} if private else {"https"}
    if parts.scheme not in schemes or not host or parts.username or parts.password or port == 0:
        raise wrong
    if not private and addresses.is_private(host):
        raise Invalid(N_("This address lies inside our own network; it is not called. Nothing was saved."), field="url")
    return url


def signature(secret: str, body: bytes, at: datetime) -> str:
    """The header `Ligne-Signature`: the instant in seconds, and the HMAC-SHA256 of "seconds.body"."""
    seconds = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def next_attempt(*, attempts: int, created_at: datetime, now: datetime) -> datetime | None:
    """When to try again after `attempts` failures: twice as long each time; None once a day has passed."""
    moment = now + min(FIRST_WAIT * 2 ** min(attempts - 1, 20), LONGEST_WAIT)
    return moment if moment <= created_at + GIVE_UP_AFTER else None
