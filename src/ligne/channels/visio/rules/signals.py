"""What two browsers tell each other through the centre so that they find one another. Pure.

The centre does not read it: a signal is of a known kind, is JSON, and is no larger than what browsers write.
"""

from __future__ import annotations

import json
from typing import Any

# hello: a page is (again) there and knows nothing. description, candidate: the handshake of WebRTC (RFC 8829, 8838).
# ask, answer: a camera or a screen is asked for, and what the other said. muted: whether the microphone is off.
KINDS = frozenset({"hello", "description", "candidate", "ask", "answer", "muted"})
LARGEST = 60_000
CUSTOMER, ADVISOR = "customer", "advisor"
SIDES = (CUSTOMER, ADVISOR)


def other(side: str) -> str:
    """Who is told what this side says."""
    return ADVISOR if side == CUSTOMER else CUSTOMER


def problem(kind: Any, body: Any) -> str:
    """What is wrong with a signal: the name of the field; "" when nothing is."""
    if kind not in KINDS:
        return "kind"
    if not isinstance(body, dict) or len(json.dumps(body)) > LARGEST:
        return "body"
    return ""
