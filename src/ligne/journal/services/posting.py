"""Calling an address of somebody else's without being led into our own network."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx

from ligne.kit import outgoing

TIMEOUT_S = 10.0


class NotDelivered(Exception):
    """The address did not take it; the argument says why in a few words."""


def post(url: str, body: bytes, headers: dict[str, str]) -> str:
    """POST `body`; returns the status ("204"). Raises `NotDelivered` on anything but 2xx. Follows no redirect.

    Exactly the address that was judged is called (`ligne.kit.outgoing`).
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        address = outgoing.resolved(host, port)
    except outgoing.NotCalled as why:
        raise NotDelivered(str(why)) from None
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
