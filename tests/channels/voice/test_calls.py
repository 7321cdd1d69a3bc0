"""Calls through the whole centre, proved by tone: who hears whom, and that contact, call and person agree."""

from __future__ import annotations

import json

import pytest

from tests.channels.voice.carrier import Carrier
from tests.channels.voice.rig import LINE, NADIA, Seat, Telephony, heard
from tests.stories.people import eventually

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("quiet")]
CALLER = 440.0

_FACTS = """
import json
from ligne.channels.voice.models import VoiceCall
from ligne.contacts.models import Contact
from ligne.journal.models import Entry
from ligne.staff.models import Presence
contact = Contact.objects.filter(channel__in=["voice", "voicemail"]).order_by("-id").first()
call = VoiceCall.objects.order_by("-started_at").first()
print(json.dumps({
    "contact": contact.pk if contact else None, "state": contact.state if contact else "",
    "channel": contact.channel if contact else "",
    "outcome": contact.outcome if contact else "", "customer": contact.customer_id if contact else None,
    "advisor": contact.advisor.email if contact and contact.advisor else "",
    "phase": call.phase, "ended_by": call.ended_by, "over": call.ended_at is not None,
    "talked": call.talked_at is not None, "call_contact": call.contact_id,
    "journal": list(Entry.objects.filter(subject_type="contact", subject_id=contact.pk if contact else 0)
        .order_by("id").values_list("kind", flat=True)),
    "presence": dict(Presence.objects.exclude(state="offline").values_list("user__email", "state")),
}))
"""


def facts(telephony: Telephony) -> dict[str, object]:
    """What the database says of the latest call and contact, and of everybody's presence."""
    done = telephony.centre.ligne("django", "shell", "-v", "0", "-c", _FACTS)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_a_call_is_answered_heard_both_ways_and_wrapped_up(telephony: Telephony, carrier: Carrier, seat: Seat) -> None:
    nadia = seat("conseiller@demo.test", NADIA)
    caller = carrier.call(LINE, tone=CALLER)
    contact = nadia.accept()
    heard(nadia, CALLER, "the customer heard by the advisor")
    heard(caller, NADIA, "the advisor heard by the customer")
    now = facts(telephony)
    assert (now["contact"], now["state"], now["phase"]) == (contact, "active", "talking")
    assert now["call_contact"] == contact
    nadia.act("hang_up")
    eventually(lambda: not caller.on_the_line, "the customer's line free again")
    nadia.wrap_up()
    after = facts(telephony)
    assert (after["state"], after["outcome"], after["phase"], after["over"]) == ("closed", "resolved", "ended", True)
    assert after["presence"] == {"conseiller@demo.test": "available"}
    journal = after["journal"]
    assert isinstance(journal, list)
    for kind in ("contact.arrived", "call.began", "call.ended", "contact.closed"):
        assert journal.count(kind) == 1, journal
