"""Faults on the line: whoever is not reached, whatever number calls, whenever somebody leaves, all agree afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.channels.voice.carrier import Carrier, Party
from tests.channels.voice.rig import CALLER, LINE, NADIA, Seat, Telephony, facts, heard, in_conversation, line_is
from tests.stories.people import PATIENCE_MS, eventually

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("quiet")]
ANONYMOUS = ("anonymous", "unavailable", "restricted")
ABSURD = (
    "12",
    "+19999999999999999999",
    "0",
    "%22%3e%3cscript%3e",
    "00000000000000000000000000000000000000000000000000",
)

_CALLS = """
import json
from ligne.channels.voice.models import VoiceCall
print(json.dumps([[call.number, call.phase, call.ended_by, call.ended_at is not None,
    call.contact.state if call.contact else "", call.contact.outcome if call.contact else "",
    call.contact.from_phone if call.contact else "", call.contact.customer_id if call.contact else None]
    for call in VoiceCall.objects.select_related("contact").order_by("-started_at")[:%d]]))
"""


def latest(telephony: Telephony, count: int = 1) -> list[list[object]]:
    """(number, phase, ended by, over, contact's state, outcome, telephone, customer) of the latest calls, newest
    first."""
    return list(json.loads(telephony.ask(_CALLS % count))) or [["", "", "", False, "", "", "", None]]


def test_a_consultation_that_nobody_answers_brings_the_customer_back(
    telephony: Telephony, carrier: Carrier, seat: Seat
) -> None:
    nadia, caller, contact = in_conversation(carrier, seat)
    carrier.refuse("486 Busy Here")
    nadia.consult("01 99 00 00 09")
    nadia.says("n’a pas pu être jointe")
    heard(nadia, CALLER, "the customer heard again")
    heard(caller, NADIA, "the advisor heard again")
    now = facts(telephony)
    assert (now["contact"], now["state"], now["phase"]) == (contact, "active", "talking")


def test_a_carrier_that_is_down_is_told_and_the_promise_stays(
    telephony: Telephony, carrier: Carrier, seat: Seat
) -> None:
    caller = carrier.call(LINE, caller="+33612000014")
    eventually(lambda: facts(telephony)["state"] == "waiting", "the contact in the line")
    caller.press("1")
    eventually(lambda: facts(telephony)["promises"] == ["+33612000014"], "the promise")
    carrier.refuse("503 Service Unavailable")
    nadia = seat("conseiller@demo.test", NADIA)
    nadia.accept()
    nadia.act("dial")
    expect(nadia.line).to_contain_text("L’opérateur ne passe pas l’appel", timeout=PATIENCE_MS)
    now = facts(telephony)
    assert (now["ended_by"], now["state"], now["promises"]) == ("carrier", "wrap_up", ["+33612000014"])
    nadia.state("ready")


@pytest.mark.parametrize("number", [*ANONYMOUS, *ABSURD])
def test_whoever_calls_waits_like_everybody(telephony: Telephony, carrier: Carrier, number: str) -> None:
    caller = carrier.call(LINE, caller=number, name="Anonymous" if number in ANONYMOUS else "")
    eventually(lambda: latest(telephony)[0][4] == "waiting", f"the call from {number} in the line")
    *_, phone, customer = latest(telephony)[0]
    assert customer is None
    if number in ANONYMOUS:
        assert phone == ""
    caller.hang_up()
    eventually(lambda: latest(telephony)[0][3], "the call over")
    assert latest(telephony)[0][4:6] == ["closed", "abandoned"]


def test_a_caller_may_leave_in_each_phase(telephony: Telephony, carrier: Carrier) -> None:
    def in_the_welcome(caller: Party) -> None:
        eventually(lambda: latest(telephony)[0][1] in {"prompt", "waiting"}, "the welcome")

    def in_the_line(caller: Party) -> None:
        eventually(lambda: latest(telephony)[0][1] == "waiting", "the line")

    def while_told_of_the_call_back(caller: Party) -> None:
        in_the_line(caller)
        caller.press("1")
        eventually(lambda: latest(telephony)[0][4] == "closed", "the promise made")

    leaving: list[tuple[Callable[[Party], None], bool]] = [
        (in_the_welcome, False), (in_the_line, False), (while_told_of_the_call_back, False), (in_the_message, True),
    ]  # fmt: skip
    for until, closed in leaving:
        with line_is(telephony, closed=closed):
            caller = carrier.call(LINE, caller="+33612000015")
            until(caller)
            if caller.on_the_line:
                caller.hang_up()
            eventually(lambda: latest(telephony)[0][3], f"the call over after {until.__name__}")
        _, phase, _, _, state, *_ = latest(telephony)[0]
        assert (phase, state in {"", "closed"}) == ("ended", True), until.__name__


def in_the_message(caller: Party) -> None:
    """Until the tone after which a message is taken; half a second is no message."""
    caller.waits_for_the_beep()


def test_an_exchange_that_is_killed_ends_every_call_it_had(telephony: Telephony, carrier: Carrier, seat: Seat) -> None:
    nadia, _, contact = in_conversation(carrier, seat)
    for number in range(3):
        carrier.call(LINE, caller=f"+3361200002{number}")
    eventually(lambda: [row[4] for row in latest(telephony, 4)].count("waiting") == 3, "three in the line")
    telephony.kill("pbx")
    telephony.wait_for_the_exchange()
    eventually(lambda: all(row[3] for row in latest(telephony, 4)), "every call over", 40)
    rows = latest(telephony, 4)
    assert sorted(str(row[4]) for row in rows) == ["closed", "closed", "closed", "wrap_up"]
    nadia.opened(contact)
    nadia.wrap_up()
    nadia.is_ready()
    assert facts(telephony)["presence"] == {"conseiller@demo.test": "available"}


def test_the_doctor_says_how_the_telephone_stands(telephony: Telephony) -> None:
    def parts() -> dict[str, str]:
        found = json.loads(telephony.centre.ligne("doctor", "--json").stdout)
        return {row["part"]: row["state"] for row in found if row["part"].startswith("telephone_")}

    telephony.wait_for_the_exchange()
    assert set(parts().values()) == {"ok"}
