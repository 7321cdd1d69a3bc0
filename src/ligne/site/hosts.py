"""Under which names the centre answers: a request for another host is refused before anything reads that name."""

from __future__ import annotations

import os
import socket
from urllib.parse import urlsplit

from ligne.site import env

LOCAL = ["localhost", ".localhost", "127.0.0.1", "[::1]"]


def allowed() -> list[str]:
    """LIGNE_HOSTS; else this machine's own names, the address listened on, and the hosts of LIGNE_URL and
    LIGNE_FILES_URL.

    Open to a network without saying under which name, the centre cannot know its names: any is then accepted, which
    `ligne doctor` tells.
    """
    given = env.listed("LIGNE_HOSTS", "")
    if given:
        return given
    addresses = [urlsplit(os.environ.get(name, "")).hostname or "" for name in ("LIGNE_URL", "LIGNE_FILES_URL")]
    bound = os.environ.get("LIGNE_BIND", "127.0.0.1")
    if not addresses[0] and bound in {"0.0.0.0", "::", ""}:  # noqa: S104 - compared, not bound
        return ["*"]
    names = [name for name in (*addresses, bound) if name and name not in {"0.0.0.0", "::"}]  # noqa: S104
    return [*LOCAL, socket.gethostname().lower(), *(f"[{name}]" if ":" in name else name for name in names)]
