"""Each story begins in a quiet centre: nobody at a desk, nothing waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Centre

QUIET = """
from ligne.contacts import services
from ligne.contacts.models import Contact, Reason
from ligne.kit.viewer import Viewer
from ligne.staff import services as staff
from ligne.staff.models import Presence
for presence in Presence.objects.exclude(state="offline"):
    staff.set_presence(Viewer.system(), user_id=presence.user_id, state="offline")
for contact in Contact.objects.exclude(state="closed"):
    system = Viewer.system(contact.principal_id)
    if contact.state in {"active", "wrap_up"}:
        services.wrap_up(system, contact_id=contact.pk, reason_id=None, outcome="spam", next_step="none")
    else:
        services.abandon(system, contact_id=contact.pk)
"""


@pytest.fixture(autouse=True)
def _quiet(centre: Centre) -> None:
    centre.ask(QUIET)
