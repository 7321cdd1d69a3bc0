"""What channels tell the floor. They stand below it and do not know it, so it is said here, where both are known."""

from __future__ import annotations

from django.urls import reverse

from ligne.channels.email import reads as email
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, Viewer
from ligne.supervision.ports import Alert


def mail_kept(viewer: Viewer) -> list[Alert]:
    """Mails that could not be understood wait for an administrator."""
    # How many there are is no secret from who leads the floor; opening them is the administrator's.
    waiting, _routine = email.kept_count(Viewer.system(*viewer.principals))
    if not waiting:
        return []
    return [
        Alert(
            N_("Mails kept, not understood: %(n)s"),
            {"n": waiting},
            icon="mail",
            url=reverse("channel_email:kept") if viewer.has_role(ADMINISTRATOR) else "",
        )
    ]
