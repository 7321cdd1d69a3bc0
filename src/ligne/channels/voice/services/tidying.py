"""What a fault left behind is put right: an exchange whose call is over does not stay open."""

from __future__ import annotations

from datetime import timedelta

import structlog

from ligne.channels.voice import reads
from ligne.contacts import services as contacts
from ligne.kit import clock
from ligne.kit.errors import DomainError
from ligne.kit.viewer import Viewer

LEFT_ALONE = timedelta(seconds=30)
log = structlog.get_logger(__name__)


def settle() -> int:
    """End the exchanges that outlived their calls (`reads.outlived`); returns how many. In hand they go to
    wrap-up, the others are abandoned, as if the hanging up were heard now."""
    settled = 0
    for contact_id, principal_id in reads.outlived(clock.now() - LEFT_ALONE):
        try:
            contacts.abandon(Viewer.system(principal_id), contact_id=contact_id, cause="call over")
        except DomainError:  # it moved meanwhile
            continue
        log.warning("voice.settled", contact=contact_id)
        settled += 1
    return settled
