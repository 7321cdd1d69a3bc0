"""Files of exchanges, fetched: what is somebody's voice leaves a trace of who took it."""

from __future__ import annotations

from django.db import transaction

from ligne.contacts import reads
from ligne.contacts.events import VoiceFetched
from ligne.contacts.models import Attachment
from ligne.contacts.ports import channels
from ligne.kit import bus
from ligne.kit.viewer import Viewer


@transaction.atomic
def fetch(viewer: Viewer, *, attachment_id: int) -> Attachment:
    """The file, for whoever may see its exchange; of an exchange by voice the journal keeps who fetched it. Raises
    `NotFound`."""
    found = reads.attachment(viewer, attachment_id)
    contact = reads.get(viewer, found.contact_id)
    if contact.channel in channels and channels.get(contact.channel).traits.law == "voice":
        bus.announce(
            VoiceFetched(
                subject_id=contact.pk,
                principal_id=contact.principal_id,
                customer_id=contact.customer_id,
                actor_id=viewer.user_id,
                attachment_id=found.pk,
            )
        )
    return found
