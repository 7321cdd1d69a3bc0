"""What a caller finds when nobody can talk to them: closed hours, no controller, a call back instead of waiting."""

from __future__ import annotations

import os
import signal
import time

import pytest

from ligne.channels.voice.pbx import configuration
from tests.channels.voice.carrier import Carrier
from tests.channels.voice.rig import LINE, NADIA, Seat, Telephony, facts, heard, line_is
from tests.stories.people import eventually

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("quiet")]
CALLER = 440.0

_MESSAGE = """
import io, json, wave
from ligne.contacts.models import Attachment, Contact
from ligne.kit import files
contact = Contact.objects.filter(channel="voicemail").order_by("-id").first()
found = Attachment.objects.filter(contact=contact).first() if contact else None
sound = wave.open(files.open_stored(found.sha256)) if found else None
samples = memoryview(sound.readframes(sound.getnframes())).cast("h").tolist() if sound else []
print(json.dumps([contact.pk if contact else 0, contact.state if contact else "", contact.from_phone if contact else "",
    samples[8000:16000]]))
"""


def message(telephony: Telephony) -> tuple[int, str, str, list[int]]:
    """The latest message: its contact, state, the caller's number, a second of its sound."""
    import json

    number, state, phone, samples = json.loads(telephony.ask(_MESSAGE))
    return number, state, phone, samples


def test_a_closed_line_takes_a_message_that_becomes_a_contact(telephony: Telephony, carrier: Carrier) -> None:
    from tests.channels.voice import tones

    with line_is(telephony, closed=True):
        caller = carrier.call(LINE, caller="+33612000001", tone=CALLER)
        caller.waits_for_the_beep()
        caller.stays(4)
        caller.hang_up()
        eventually(lambda: message(telephony)[2] == "+33612000001", "the message as a contact", 30)
    _, state, _, sound = message(telephony)
    assert state == "waiting"
    assert tones.strength(sound, CALLER) > 0.9


def test_with_no_controller_the_exchange_takes_the_message_itself(telephony: Telephony, carrier: Carrier) -> None:
    from tests.channels.voice import tones

    assert telephony.centre.process is not None
    parent = telephony.centre.process.pid
    os.kill(parent, signal.SIGSTOP)  # nobody starts the controller again
    try:
        os.kill(telephony.process("voice"), signal.SIGKILL)
        eventually(lambda: not telephony.listens(), "no controller")
        time.sleep(configuration.SILENT_S + 2)  # the last sign of life is believed for so long
        caller = carrier.call(LINE, caller="+33612000002", tone=CALLER)
        caller.waits_for_the_beep()
        caller.stays(4)
        caller.hang_up()
    finally:
        os.kill(parent, signal.SIGCONT)
    eventually(lambda: message(telephony)[2] == "+33612000002", "the message as a contact", 40)
    assert tones.strength(message(telephony)[3], CALLER) > 0.9
    telephony.wait_for_the_exchange()


def test_a_caller_who_would_rather_be_called_back_is(telephony: Telephony, carrier: Carrier, seat: Seat) -> None:
    caller = carrier.call(LINE, caller="+33612000003", tone=CALLER)
    eventually(lambda: facts(telephony)["state"] == "waiting", "the contact in the line")
    caller.press("1")
    eventually(lambda: not caller.on_the_line, "the line free")
    promised = facts(telephony)
    assert promised["promises"] == ["+33612000003"]
    outside = carrier.expect(tone=CALLER)
    nadia = seat("conseiller@demo.test", NADIA)
    nadia.accept()
    nadia.act("dial")
    nadia.says("En conversation")
    heard(nadia, CALLER, "the customer heard by the advisor")
    heard(outside, NADIA, "the advisor heard by the customer")
    nadia.act("hang_up")
    eventually(lambda: not outside.on_the_line, "the customer's line free")
    nadia.page.locator("button[name=result][value=reached]").click()
    nadia.wrap_up()
    assert facts(telephony)["promises"] == []


def test_a_customer_who_does_not_answer_leaves_advisor_and_contact_in_agreement(
    telephony: Telephony, carrier: Carrier, seat: Seat
) -> None:
    caller = carrier.call(LINE, caller="+33612000004")
    eventually(lambda: facts(telephony)["state"] == "waiting", "the contact in the line")
    caller.press("1")
    eventually(lambda: facts(telephony)["promises"] == ["+33612000004"], "the promise")
    carrier.refuse("486 Busy Here")
    nadia = seat("conseiller@demo.test", NADIA)
    nadia.accept()
    nadia.act("dial")
    eventually(lambda: facts(telephony)["ended_by"] == "busy", "the refused call over")
    nadia.state("ready")
    assert facts(telephony)["state"] == "wrap_up"
