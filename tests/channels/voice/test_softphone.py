"""The softphone's devices and its network: what is tried, what is lost in the middle of a call, what is told."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.channels.voice.carrier import Carrier
from tests.channels.voice.rig import CALLER, LINE, NADIA, Seat, Telephony, facts, heard, in_conversation, silent
from tests.stories.people import PATIENCE_MS, eventually

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("quiet")]


def test_a_microphone_that_fails_gives_the_call_back_and_says_what_to_do(
    telephony: Telephony, carrier: Carrier, seat: Seat
) -> None:
    nadia = seat("conseiller@demo.test", NADIA)
    caller = carrier.call(LINE, tone=CALLER)
    faults = {
        "NotAllowedError": "refuse le micro",
        "NotFoundError": "Aucun micro",
        "NotReadableError": "autre programme",
    }
    for fault, words in faults.items():
        nadia.microphone_is(fault)
        expect(nadia.offer).to_be_visible(timeout=PATIENCE_MS)
        nadia.offer.locator("[data-lc-act=accept]").click()
        expect(nadia.trouble).to_contain_text(words, timeout=PATIENCE_MS)
        eventually(lambda: facts(telephony)["state"] == "waiting", "the customer in the line again")
        now = facts(telephony)
        assert (now["presence"], now["over"]) == ({"conseiller@demo.test": "not_answering"}, False)
        nadia.press("understood")
        nadia.be("available")
    nadia.microphone_is("")
    nadia.accept()
    heard(nadia, CALLER, "the customer heard by the advisor")
    heard(caller, NADIA, "the advisor heard by the customer")


def test_a_microphone_that_is_unplugged_lets_the_customer_hear_music_until_there_is_one(
    telephony: Telephony, carrier: Carrier, seat: Seat
) -> None:
    nadia, caller, contact = in_conversation(carrier, seat)
    nadia.unplug()
    expect(nadia.trouble).to_contain_text("continue avec un autre")
    heard(caller, NADIA, "the advisor heard by another microphone")
    nadia.microphone_is("NotFoundError")
    nadia.unplug()
    expect(nadia.trouble).to_contain_text("débranché")
    nadia.says("En garde")
    silent(caller, NADIA)
    nadia.microphone_is("")
    expect(nadia.trouble).to_contain_text("de nouveau un micro", timeout=PATIENCE_MS)
    nadia.second.locator("[data-when=back]").click()
    nadia.says("En conversation")
    heard(caller, NADIA, "the advisor heard again")
    heard(nadia, CALLER, "the customer heard again")
    now = facts(telephony)
    assert (now["contact"], now["state"], now["phase"]) == (contact, "active", "talking")


def test_devices_are_chosen_and_tried(telephony: Telephony, seat: Seat) -> None:
    nadia = seat("conseiller@demo.test", NADIA)
    nadia.press("devices")
    devices = nadia.page.locator("#softphone [data-lc-devices]")
    for name in ("microphone", "speaker", "ringer"):
        expect(devices.locator(f"select[name={name}] option").nth(1)).to_be_attached()
    eventually(lambda: devices.locator("meter").evaluate("bar => bar.value") > 0.05, "the level of the microphone")
    nadia.press("try")
    expect(devices.locator("[data-lc-trial]")).to_contain_text("Si vous vous êtes entendu", timeout=PATIENCE_MS)
    nadia.press("tone")
    chosen = devices.locator("select[name=microphone] option").nth(1).get_attribute("value")
    devices.locator("select[name=microphone]").select_option(chosen)
    assert chosen
    assert chosen in str(nadia.page.evaluate("localStorage.getItem('lc:devices')"))


@pytest.mark.parametrize("how", ["wire", "network"])
def test_a_network_that_changes_keeps_the_call(telephony: Telephony, carrier: Carrier, seat: Seat, how: str) -> None:
    nadia, caller, contact = in_conversation(carrier, seat)
    before = nadia.page.evaluate("window.lcHeard.length")
    if how == "wire":
        nadia.cut_the_wire()
    else:
        nadia.page.evaluate("window.dispatchEvent(new Event('online'))")
    eventually(lambda: nadia.page.evaluate("window.lcHeard.length") > before, "the telephone called anew")
    nadia.state("talking")
    heard(nadia, CALLER, "the customer heard afterwards")
    heard(caller, NADIA, "the advisor heard afterwards")
    now = facts(telephony)
    assert (now["contact"], now["state"], now["phase"]) == (contact, "active", "talking")
