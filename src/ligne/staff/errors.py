"""What the staff app refuses, by name."""

from __future__ import annotations

from ligne.kit.errors import Refused
from ligne.kit.text import N_


class LastAdministrator(Refused):
    """The centre must keep somebody who can administer it."""

    sentence = N_(
        "This is the last active administrator: the centre would be left without anybody to manage it. "
        "Nothing was changed; name another administrator first."
    )
