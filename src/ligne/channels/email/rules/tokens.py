"""Signed names: by them an answer finds its exchange, and nobody can name an exchange that was not shown to them. Pure.

Message-ID: `m.<message>.<signature>@domain`. Reply address: `local+t.<thread>.<signature>@domain`. The signature is an
HMAC over what it names, cut to 80 bits in lower case, since mail servers may change the case of addresses.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass

_ID = re.compile(r"m\.(\d{1,18})\.([a-z2-7]{16})@\S+", re.IGNORECASE)
_PLUS = re.compile(r"[^+@\s]+\+t\.([0-9a-z_-]{1,64})\.([a-z2-7]{16})@\S+", re.IGNORECASE)


def _signature(key: bytes, what: str) -> str:
    digest = hmac.new(key, what.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:10]).decode().lower()


def _same(key: bytes, what: str, signature: str) -> bool:
    return hmac.compare_digest(_signature(key, what), signature.lower())


def message_id(key: bytes, message: int, domain: str) -> str:
    """The Message-ID (without brackets) of our message number `message`: the same at each attempt."""
    return f"m.{message}.{_signature(key, f'message:{message}')}@{domain}"


def reply_address(key: bytes, address: str, thread: str) -> str:
    """`address` with a token that names `thread`."""
    local, _, domain = address.rpartition("@")
    return f"{local}+t.{thread}.{_signature(key, f'thread:{thread}')}@{domain}"


def loop_mark(key: bytes, address: str) -> str:
    """What our mails from `address` carry, so that the account recognises its own mail when it comes back round."""
    return _signature(key, f"loop:{address.lower()}")


def plain_address(address: str) -> str:
    """`address` in lower case without what follows its plus sign: the mailbox it belongs to."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


@dataclass(frozen=True, slots=True)
class Claims:
    """The exchanges that a mail says it belongs to. `forged`: a name of ours with a signature that is not."""

    messages: tuple[int, ...] = ()
    threads: tuple[str, ...] = ()
    forged: bool = False


def claims(key: bytes, identifiers: Iterable[str], addresses: Iterable[str]) -> Claims:
    """Read our names among Message-IDs and addresses, in the order given."""
    messages: list[int] = []
    threads: list[str] = []
    forged = False
    for identifier in identifiers:
        found = _ID.fullmatch(identifier)
        if found is None:
            continue
        if _same(key, f"message:{found[1]}", found[2]):
            messages.append(int(found[1]))
        else:
            forged = True
    for address in addresses:
        found = _PLUS.fullmatch(address)
        if found is None:
            continue
        thread = found[1].lower()
        if _same(key, f"thread:{thread}", found[2]):
            threads.append(thread)
        else:
            forged = True
    return Claims(tuple(dict.fromkeys(messages)), tuple(dict.fromkeys(threads)), forged)
