"""Supervisors on a call, and its recording: who hears whom, what is kept of whom."""

from __future__ import annotations

import pytest

from tests.channels.voice import tones
from tests.channels.voice.carrier import Carrier
from tests.channels.voice.rig import CLAIRE, NADIA, Seat, Telephony, facts, heard, in_conversation, line_is, silent
from tests.stories.people import eventually

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("quiet")]
CALLER = 440.0

_SOUND = """
import io, json, wave
from ligne.channels.voice import services
from ligne.channels.voice.models import Recording
from ligne.kit import files
from ligne.kit.viewer import Viewer
row = Recording.objects.order_by("-kept_at").first()
found = []
if row is not None:
    assert b"WAVEfmt " not in files.open_stored(row.sha256).read(), "kept as it is"
    sound = wave.open(io.BytesIO(services.play(Viewer.system(row.principal_id), recording_id=row.pk)))
    found = memoryview(sound.readframes(sound.getnframes())).cast("h").tolist()
print(json.dumps([row.contact_id if row else 0, found]))
"""


def kept(telephony: Telephony) -> tuple[int, list[int], list[int]]:
    """The latest recording: its contact, the customer's side, the advisor's."""
    import json

    contact, samples = json.loads(telephony.ask(_SOUND))
    return contact, samples[0::2], samples[1::2]


def test_a_supervisor_listens_whispers_joins_and_takes_over(telephony: Telephony, carrier: Carrier, seat: Seat) -> None:
    nadia, caller, contact = in_conversation(carrier, seat)
    claire = seat("superviseur@demo.test", CLAIRE, state=None)
    claire.page.goto(f"{telephony.centre.url}/contacts/{contact}/")
    claire.is_ready()
    claire.act("listen")
    heard(claire, CALLER, "the customer heard by the supervisor")
    eventually(lambda: claire.hears(NADIA) > 0.2, "the advisor heard by the supervisor")
    silent(nadia, CLAIRE)
    silent(caller, CLAIRE)
    nadia.line.get_by_text("suit cet appel").wait_for()
    claire.act("whisper")
    eventually(lambda: nadia.hears(CLAIRE) > 0.2, "the whisper heard by the advisor", 15)
    silent(caller, CLAIRE)
    claire.act("join")
    eventually(lambda: caller.hears(CLAIRE) > 0.2, "the supervisor heard by the customer", 15)
    claire.act("take_over")
    heard(claire, CALLER, "the customer heard by the supervisor alone")
    heard(caller, CLAIRE, "the supervisor heard by the customer alone")
    nadia.state("ready")
    now = facts(telephony)
    assert (now["contact"], now["advisor"], now["state"]) == (contact, "superviseur@demo.test", "active")
    journal = now["journal"]
    assert isinstance(journal, list)
    assert journal.count("call.watched") == 4


def test_a_recording_keeps_each_on_their_side_and_nothing_of_a_payment(
    telephony: Telephony, carrier: Carrier, seat: Seat
) -> None:
    with line_is(telephony, recorded=True):
        nadia, caller, contact = in_conversation(carrier, seat)
    caller.stays(1)
    nadia.act("pause")
    caller.stays(2)
    nadia.act("record")
    caller.stays(2)
    nadia.act("hang_up")
    eventually(lambda: kept(telephony)[0] == contact, "the recording kept", 30)
    _, customer, advisor = kept(telephony)
    assert len(customer) == len(advisor) > 5 * tones.RATE
    seconds = [customer[at : at + 800] for at in range(0, len(customer) - 800, 800)]
    loud = [tones.loudness(one) > 1e-4 for one in seconds]
    # each alone on their side; packets that came late on a busy machine are gaps, not somebody else's voice
    for side, mine, others in ((customer, CALLER, NADIA), (advisor, NADIA, CALLER)):
        assert tones.strength(side[-8000:], mine) > 0.5
        assert tones.strength(side[-8000:], others) < 0.02
    silence = max(len(run) for run in "".join("x" if one else "." for one in loud).split("x"))
    assert 10 <= silence <= 40, "the pause is silence, and its time is kept"


def test_a_customer_who_objects_is_not_recorded(telephony: Telephony, carrier: Carrier, seat: Seat) -> None:
    with line_is(telephony, recorded=True):
        nadia, caller, contact = in_conversation(carrier, seat)
    caller.stays(1)
    nadia.act("object")
    nadia.line.locator("[data-lc-call=object]").wait_for(state="detached")
    nadia.act("hang_up")
    eventually(lambda: facts(telephony)["over"], "the call over")
    caller.stays(2)
    assert kept(telephony)[0] != contact
    journal = facts(telephony)["journal"]
    assert isinstance(journal, list)
    assert "call.recording_refused" in journal
