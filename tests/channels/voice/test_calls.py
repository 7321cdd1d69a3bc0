"""Calls through the whole centre, proved by tone: who hears whom, and that contact, call and person agree."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.channels.voice.carrier import Carrier
from tests.channels.voice.rig import (
    CALLER,
    LINE,
    NADIA,
    YANIS,
    Seat,
    Telephony,
    facts,
    heard,
    in_conversation,
    silent,
)
from tests.stories.people import eventually

_SOMEBODY = """
from ligne.customers.models import ContactPoint
point = ContactPoint.objects.filter(
    kind="phone", valid_to=None, customer__principal__slug="bleuet", customer__oppositions=None,
    customer__kind="person",
).select_related("customer").order_by("pk").first()
print(point.customer.display_name)
"""


pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("quiet")]
THIRD = 1700.0


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


def test_a_caller_who_hangs_up_in_the_line_is_known_at_once(telephony: Telephony, carrier: Carrier, seat: Seat) -> None:
    caller = carrier.call(LINE)
    eventually(lambda: facts(telephony)["state"] == "waiting", "the contact in the line")
    caller.hang_up()
    eventually(lambda: facts(telephony)["over"], "the call over")
    after = facts(telephony)
    assert (after["state"], after["outcome"], after["ended_by"]) == ("closed", "abandoned", "customer")


def test_a_caller_who_hangs_up_while_it_rings_leaves_nothing_behind(
    telephony: Telephony, carrier: Carrier, seat: Seat
) -> None:
    nadia = seat("conseiller@demo.test", NADIA)
    caller = carrier.call(LINE)
    expect(nadia.offer).to_be_visible()
    nadia.state("ringing")
    caller.hang_up()
    expect(nadia.offer).to_have_count(0)
    nadia.state("ready")
    after = facts(telephony)
    assert (after["state"], after["outcome"]) == ("closed", "abandoned")
    assert after["presence"] == {"conseiller@demo.test": "available"}


def test_on_hold_nobody_hears_the_other_and_afterwards_both_do(
    telephony: Telephony, carrier: Carrier, seat: Seat
) -> None:
    nadia, caller, _ = in_conversation(carrier, seat)
    nadia.act("hold")
    nadia.says("En garde")
    silent(nadia, CALLER)
    silent(caller, NADIA)
    nadia.act("resume")
    nadia.says("En conversation")
    heard(nadia, CALLER, "the customer heard again")
    heard(caller, NADIA, "the advisor heard again")


def test_keys_pressed_by_the_advisor_reach_the_other_end(telephony: Telephony, carrier: Carrier, seat: Seat) -> None:
    nadia, caller, _ = in_conversation(carrier, seat)
    nadia.keypad("42#")
    eventually(lambda: caller.keys_heard == "42#", "the keys at the other end")


def test_a_blind_transfer_takes_the_customer_to_the_colleague(
    telephony: Telephony, carrier: Carrier, seat: Seat
) -> None:
    nadia, caller, contact = in_conversation(carrier, seat)
    yanis = seat("conseiller2@demo.test", YANIS)
    nadia.page.locator("[data-lc-act=transfer]").click()
    dialog = nadia.page.locator("#dialog-body")
    colleague = dialog.locator("#transfer-to option", has_text="Yanis Roche").get_attribute("value")
    dialog.locator("#transfer-to").select_option(colleague)
    dialog.locator("#transfer-note").fill("Connaît bien ce client.")
    dialog.locator("button[data-kind=primary]").click()
    nadia.state("ready")
    assert yanis.accept() == contact
    heard(yanis, CALLER, "the customer heard by the colleague")
    heard(caller, YANIS, "the colleague heard by the customer")
    assert caller.hears(NADIA) < 0.05
    now = facts(telephony)
    assert (now["advisor"], now["state"], now["phase"]) == ("conseiller2@demo.test", "active", "talking")


def test_a_colleague_is_consulted_then_has_the_customer(telephony: Telephony, carrier: Carrier, seat: Seat) -> None:
    nadia, caller, contact = in_conversation(carrier, seat)
    yanis = seat("conseiller2@demo.test", YANIS)
    nadia.consult("Yanis Roche")
    yanis.answer_the_phone()
    heard(nadia, YANIS, "the colleague heard by the advisor")
    heard(yanis, NADIA, "the advisor heard by the colleague")
    silent(caller, NADIA)
    silent(nadia, CALLER)
    nadia.act("transfer")
    heard(yanis, CALLER, "the customer heard by the colleague")
    heard(caller, YANIS, "the colleague heard by the customer")
    nadia.state("ready")
    now = facts(telephony)
    assert (now["contact"], now["advisor"], now["state"]) == (contact, "conseiller2@demo.test", "active")
    yanis.open(contact)
    yanis.act("hang_up")
    eventually(lambda: not caller.on_the_line, "the customer's line free")
    yanis.wrap_up()


def test_three_talk_together_then_two_go_on(telephony: Telephony, carrier: Carrier, seat: Seat) -> None:
    nadia, caller, _ = in_conversation(carrier, seat)
    outside = carrier.expect(tone=THIRD)
    nadia.consult("01 99 00 00 09")
    heard(nadia, THIRD, "the third party heard by the advisor")
    heard(outside, NADIA, "the advisor heard by the third party")
    nadia.act("conference")
    nadia.says("Tous ensemble")
    for listener, tones in ((nadia, (CALLER, THIRD)), (caller, (NADIA, THIRD)), (outside, (NADIA, CALLER))):
        for tone in tones:
            eventually(lambda who=listener, what=tone: who.hears(what) > 0.2, f"{tone} Hz heard by each of three", 15)
    nadia.act("drop_third")
    eventually(lambda: not outside.on_the_line, "the third party's line free")
    heard(nadia, CALLER, "the customer heard by the advisor")
    heard(caller, NADIA, "the advisor heard by the customer")


def test_a_page_that_is_loaded_again_keeps_the_call(telephony: Telephony, carrier: Carrier, seat: Seat) -> None:
    nadia, caller, contact = in_conversation(carrier, seat)
    nadia.page.reload()
    nadia.opened(contact)
    nadia.state("talking")
    heard(nadia, CALLER, "the customer heard after the reload")
    heard(caller, NADIA, "the advisor heard after the reload")
    now = facts(telephony)
    assert (now["state"], now["phase"]) == ("active", "talking")


def test_a_controller_that_is_killed_leaves_the_call_to_the_next(
    telephony: Telephony, carrier: Carrier, seat: Seat
) -> None:
    nadia, caller, contact = in_conversation(carrier, seat)
    waiting = carrier.call(LINE, caller="+33687654321")
    eventually(lambda: facts(telephony)["state"] == "waiting", "another in the line")
    telephony.kill("voice")
    heard(nadia, CALLER, "the customer heard while nobody leads")
    telephony.wait_for_the_exchange()
    nadia.act("hold")
    nadia.says("En garde")
    silent(nadia, CALLER)
    nadia.act("resume")
    heard(nadia, CALLER, "the customer heard again")
    nadia.act("hang_up")
    eventually(lambda: not caller.on_the_line, "the customer's line free")
    nadia.wrap_up()
    second = nadia.accept()
    assert second != contact
    eventually(lambda: facts(telephony)["phase"] == "talking", "the one who waited in conversation")
    waiting.hang_up()
    nadia.state("ready")


def test_the_exchange_that_is_killed_ends_what_it_had(telephony: Telephony, carrier: Carrier, seat: Seat) -> None:
    nadia, _, contact = in_conversation(carrier, seat)
    telephony.kill("pbx")
    telephony.wait_for_the_exchange()
    eventually(lambda: facts(telephony)["over"], "the call over", 30)
    now = facts(telephony)
    assert (now["contact"], now["state"]) == (contact, "wrap_up")
    nadia.wrap_up()
    nadia.is_ready()
    again = carrier.call(LINE, caller="+33687654321")
    assert nadia.accept() != contact
    again.hang_up()


def test_a_second_line_waits_while_the_first_is_held_and_each_is_heard_alone(
    telephony: Telephony, carrier: Carrier, seat: Seat
) -> None:
    nadia, caller, _ = in_conversation(carrier, seat)
    yanis = seat("conseiller2@demo.test", YANIS)
    theirs = carrier.call(LINE, caller="+33687654321", tone=THIRD)
    own = yanis.accept()
    heard(yanis, THIRD, "the second customer heard by the second advisor")
    nadia.consult("Yanis Roche")
    expect(yanis.second).to_contain_text("collègue")
    heard(yanis, THIRD, "the first line heard while the second rings")
    yanis.press("answer-second")
    heard(yanis, NADIA, "the colleague heard on the second line")
    heard(nadia, YANIS, "the advisor heard by the colleague")
    yanis.says("En garde")
    silent(theirs, YANIS)
    nadia.act("transfer")
    expect(nadia.page.locator(".lc-toast")).to_contain_text("appel en main")
    yanis.press("switch")
    heard(yanis, THIRD, "the first line heard again")
    heard(theirs, YANIS, "the advisor heard again on the first line")
    silent(nadia, YANIS)
    yanis.press("end-second")
    heard(nadia, CALLER, "the customer back with the advisor")
    heard(caller, NADIA, "the advisor heard by the customer")
    heard(theirs, YANIS, "the first line goes on")
    now = facts(telephony)
    assert (now["contact"], now["state"], now["advisor"]) == (own, "active", "conseiller2@demo.test")
    yanis.press("end")
    eventually(lambda: not theirs.on_the_line, "the second customer's line free")


def test_a_number_on_a_customers_file_is_called_and_heard_both_ways(
    telephony: Telephony, carrier: Carrier, seat: Seat
) -> None:
    outside = carrier.expect(tone=CALLER)
    nadia = seat("conseiller@demo.test", NADIA)
    nadia.find(telephony.ask(_SOMEBODY))
    number = nadia.page.locator("#customer-head [data-lc-number]").first
    called = number.get_attribute("data-lc-number")
    number.dblclick()
    heard(nadia, CALLER, "the customer heard by the advisor")
    heard(outside, NADIA, "the advisor heard by the customer")
    nadia.says("En conversation")
    now = facts(telephony)
    assert (now["state"], now["direction"], now["number"]) == ("active", "out", called)
    assert now["customer"] is not None
    journal = now["journal"]
    assert isinstance(journal, list)
    assert journal.count("call.began") == 1
    nadia.act("hang_up")
    eventually(lambda: not outside.on_the_line, "the customer's line free")
    nadia.wrap_up()
    assert facts(telephony)["presence"] == {"conseiller@demo.test": "available"}
