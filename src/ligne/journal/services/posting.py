"""Calling an address of somebody else's without being led into our own network."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import httpx

from ligne.journal.rules import webhooks as rules

TIMEOUT_S = 10.0


class NotDelivered(Exception):
    """The address did not take it; the argument says why in a few words."""


def post(url: str, body: bytes, headers: dict[str, str], *, private: bool) -> str:
    """POST `body`; returns the status ("204"). Raises `NotDelivered` on anything but 2xx. Follows no redirect.

    The name is resolved once, judged, and exactly that address is called: a name that changes its mind between the
    judgement and the call gains nothing.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = _resolved(host, port, private=private)
    shown = f"[{address}]" if ":" in address else address
    target = httpx.URL(url).copy_with(host=shown, port=port)
    try:
        with httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client:
            sent = {**headers, "Host": parts.netloc}
            # Only the status is read: an endless answer would keep a worker.
            with client.stream("POST", target, content=body, headers=sent, extensions={"sni_hostname": host}) as answer:
                status = answer.status_code
    except httpx.TimeoutException:
        raise NotDelivered("timed out") from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise NotDelivered(type(error).__name__) from None
    if not 200 <= status < 300:
        raise NotDelivered(str(status))
    return str(status)


def _resolved(host: str, port: int, *, private: bool) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotDelivered("name not found") from None
    addresses = [str(entry[4][0]).split("%")[0] for entry in found]
    if not addresses or (not private and any(rules.is_private(address) for address in addresses)):
        raise NotDelivered("private address")
    return addresses[0]
