"""Calling machines whose names people typed (webhooks, mailboxes) without being led into our own network.

A name is resolved once, every address it has is judged, and exactly the one judged is called: a name that changes its
mind between the judgement and the call gains nothing. Addresses inside are called only where the administrator of the
machine names them (LIGNE_PRIVATE_TARGETS), and those where clouds keep a machine's secrets never.
"""

from __future__ import annotations

import socket

from django.conf import settings

from ligne.kit import addresses


class NotCalled(Exception):
    """The host is not called; the argument says why in a few words."""


def may_be_inside(host: str) -> bool:
    """Whether the administrator of the machine allows `host`, as it is typed, to lie inside our network."""
    return bool(settings.WEBHOOKS_PRIVATE) or addresses.among(host, host, settings.PRIVATE_TARGETS)


def resolved(host: str, port: int) -> str:
    """The address of `host` to call. Raises `NotCalled`."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotCalled("name not found") from None
    has = [str(entry[4][0]).split("%")[0] for entry in found]
    if not has or any(not _may_call(host, address) for address in has):
        raise NotCalled("private address")
    return has[0]


def connected(host: str, port: int, timeout: float | None) -> socket.socket:
    """A connection to `host`. Raises `NotCalled`, OSError."""
    return socket.create_connection((resolved(host, port), port), timeout)


def _may_call(host: str, address: str) -> bool:
    if addresses.is_never_called(address):
        return False
    inside = addresses.is_private(address)
    return not inside or bool(settings.WEBHOOKS_PRIVATE) or addresses.among(host, address, settings.PRIVATE_TARGETS)
