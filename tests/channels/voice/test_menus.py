"""What callers hear and press, by SIPp's keys: menu, wrong key, language, objection, who is recognised, the place."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.channels.voice.carrier import Carrier
from tests.channels.voice.rig import ALWAYS, CALLER, LINE, Seat, Telephony, facts, line_is
from tests.channels.voice.test_watching import kept
from tests.stories.people import eventually

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("quiet")]
MENU = "+33199000003"  # the demo's line with a menu

_CALL = """
import json
from ligne.channels.voice.models import VoiceCall
call = VoiceCall.objects.select_related("contact").order_by("-started_at").first()
if call and call.facts: print(json.dumps(dict(call.facts, row_queue=call.contact.queue if call.contact else "",
    customer=call.contact.customer_id if call.contact else None)))
"""
_SET = """
from ligne.channels.voice.models import Line
from ligne.routing.models import Queue
Line.objects.filter(number=%r).update(**%r)
Queue.objects.filter(slug__startswith="bleuet").update(hours=%r)
"""
_KNOWN = """
from ligne.customers.models import ContactPoint
print(ContactPoint.objects.filter(kind="phone", customer__principal__slug="bleuet", value__startswith="+336")
    .order_by("pk").values_list("value", flat=True)[0])
"""


def call(telephony: Telephony) -> dict[str, Any]:
    """The facts of the latest call that is kept, and its contact's queue and customer."""
    return dict(json.loads(eventually(lambda: telephony.ask(_CALL), "a call that is kept")))


@contextlib.contextmanager
def set_to(telephony: Telephony, number: str, **changes: Any) -> Iterator[None]:
    """The line is so for the calls that come within the block, and every queue of its company is open."""
    plain = {"known_queue": "", "callers": {}, "position_every_s": 45}
    telephony.ask(_SET % (number, changes, ALWAYS))
    time.sleep(1.2)  # a controller knows a line for a second
    try:
        yield
    finally:
        telephony.ask(_SET % (number, plain, ALWAYS))


def test_a_wrong_key_asks_again_another_changes_the_language_and_the_next_chooses_the_queue(
    telephony: Telephony, carrier: Carrier
) -> None:
    with set_to(telephony, MENU):
        caller = carrier.call(MENU)
        eventually(lambda: call(telephony)["phase"] == "menu", "the menu")
    caller.press("7")
    eventually(lambda: call(telephony)["tries"] >= 1, "asked again")
    caller.press("8")
    english = eventually(lambda: (now := call(telephony))["plan"]["language"] == "en" and now, "the other language")
    assert (english["phase"], english["tries"]) == ("menu", 0)
    caller.press("2")
    eventually(lambda: call(telephony)["row_queue"] == "bleuet-resiliation", "in the queue chosen")
    assert facts(telephony)["state"] == "waiting"


def test_nobody_is_turned_away_for_keys_that_mean_nothing(telephony: Telephony, carrier: Carrier) -> None:
    with set_to(telephony, MENU):
        caller = carrier.call(MENU)
        eventually(lambda: call(telephony)["phase"] == "menu", "the menu")
    caller.press("777")
    eventually(lambda: call(telephony)["row_queue"] == "bleuet-conseil", "in the line's own queue")


def test_a_customer_who_is_recognised_and_a_number_that_is_named_need_no_menu(
    telephony: Telephony, carrier: Carrier
) -> None:
    number = telephony.ask(_KNOWN)
    with set_to(telephony, MENU, known_queue="bleuet-resiliation", callers={"+33199": "bleuet-conseil"}):
        carrier.call(MENU, caller=number)
        known = lambda now: (now["row_queue"], bool(now["customer"])) == ("bleuet-resiliation", True)  # noqa: E731
        eventually(lambda: known(call(telephony)), "the customer, known, in the line")
        carrier.call(MENU, caller="+33199000042")
        named = eventually(lambda: (found := call(telephony))["row_queue"] == "bleuet-conseil" and found, "the number")
        assert named["menu"] == ""
        carrier.call(MENU, caller="+33612999999")
        eventually(lambda: call(telephony)["phase"] == "menu", "the menu for the others")


def test_who_waits_is_told_their_place(telephony: Telephony, carrier: Carrier) -> None:
    with set_to(telephony, LINE, position_every_s=4):
        carrier.call(LINE, caller="+33612000001")
        eventually(lambda: facts(telephony)["state"] == "waiting", "the first in the line")
        second = carrier.call(LINE, caller="+33612000002")
        eventually(lambda: call(telephony)["contact_id"] and call(telephony)["phase"] == "waiting", "the second")
    assert second.on_the_line
    told = eventually(
        lambda: (found := call(telephony))["serial"] > 1 and found, "something said since the welcome", 40
    )
    assert told["phase"] == "waiting"


def test_the_key_of_objection_means_no_recording(telephony: Telephony, carrier: Carrier, seat: Seat) -> None:
    with line_is(telephony, recorded=True):
        caller = carrier.call(LINE, tone=CALLER)
        eventually(lambda: facts(telephony)["state"] == "waiting", "the contact in the line")
    caller.press("9")
    eventually(lambda: call(telephony)["objected"], "the objection")
    nadia = seat("conseiller@demo.test", 700.0)
    contact = nadia.accept()
    nadia.says("En conversation")
    caller.stays(2)
    nadia.act("hang_up")
    eventually(lambda: facts(telephony)["over"], "the call over")
    caller.stays(2)
    assert kept(telephony)[0] != contact
    journal = facts(telephony)["journal"]
    assert isinstance(journal, list)
    assert "call.recording_refused" in journal
