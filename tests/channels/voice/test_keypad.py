"""Payment by keypad through the whole centre: what the advisor hears, what is recorded, what is kept, how it ends."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from ligne.channels.voice.banks import demonstration as bank
from tests.channels.voice import tones
from tests.channels.voice.carrier import Carrier, Party
from tests.channels.voice.rig import (
    CALLER,
    NADIA,
    Advisor,
    Seat,
    Telephony,
    facts,
    heard,
    in_conversation,
    line_is,
    silent,
)
from tests.channels.voice.test_watching import kept
from tests.stories.people import PATIENCE_MS, eventually

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("quiet")]
REFERENCE = "F-2026-0118"
AFTER_NUMBER = "1230123"
TONES = sorted({tone for pair in tones.KEYS.values() for tone in pair})

_PAYMENT = """
import json
from ligne.channels.voice.models import Payment
from ligne.contacts.models import Message
from ligne.journal.models import Entry
one = Payment.objects.order_by("-asked_at").first()
told = Entry.objects.filter(subject_type="contact", subject_id=one.contact_id, kind="call.payment_settled")
print(json.dumps({
    "state": one.state, "why": one.why, "cents": one.amount_cents, "reference": one.reference, "receipt": one.receipt,
    "last_four": one.last_four, "contact": one.contact_id, "call_paying": one.call.facts.get("paying"),
    "journal": [entry.data["state"] for entry in told.order_by("id")],
    "thread": list(Message.objects.filter(contact_id=one.contact_id, kind="event").values_list("subject", flat=True)),
}))
"""
_SEARCH = """
from django.db import connection
found = []
ROW = r"regexp_replace(one::text, '[^0-9]', '', 'g')"
with connection.cursor() as cursor:
    for table in connection.introspection.table_names(cursor):
        cursor.execute(f'SELECT count(*) FROM "{table}" AS one WHERE {ROW} LIKE %s', ["%DIGITS%"])
        found += [table] * cursor.fetchone()[0]
print(found)
"""


def payment(telephony: Telephony) -> dict[str, object]:
    """What the database says of the latest payment."""
    return dict(json.loads(telephony.ask(_PAYMENT)))


def is_asked(nadia: Advisor, *, step: str = "Numéro de carte") -> None:
    """The customer is at this step, and the page says so."""
    expect(nadia.line.locator(".lc-keying [data-state=now]")).to_contain_text(step, timeout=PATIENCE_MS)


def keys_in(caller: Party, keys: str) -> None:
    """Press keys that sound, and wait until they are pressed."""
    caller.press(keys, aloud=True)
    eventually(lambda: not caller.still_pressing, "every key pressed", 60)


def pays(caller: Party, nadia: Advisor, number: str) -> None:
    """The customer keys in a card when asked."""
    is_asked(nadia)
    keys_in(caller, f"{number}#")
    is_asked(nadia, step="Expiration")
    keys_in(caller, "1230")
    is_asked(nadia, step="Code de sécurité")
    keys_in(caller, "123")


def written_anywhere(telephony: Telephony, digits: str) -> list[str]:
    """Where this run of digits stands: tables, lines of the log, files of the centre."""
    found = [telephony.ask(_SEARCH.replace("DIGITS", digits))]
    found += [line for line in telephony.centre.lines if digits in line]
    for path in telephony.centre.home.rglob("*"):
        if path.is_file() and digits.encode() in path.read_bytes():
            found.append(str(path))
    return [one for one in found if one != "[]"]


def test_a_card_keyed_in_is_heard_by_nobody_recorded_nowhere_kept_nowhere_and_charged(
    telephony: Telephony, carrier: Carrier, seat: Seat
) -> None:
    with line_is(telephony, recorded=True):
        nadia, caller, contact = in_conversation(carrier, seat)
    nadia.listens_for(TONES)
    keys_in(caller, "25")
    caller.stays(0.5)
    before = nadia.most_heard()
    assert min(before[tone] for tone in tones.KEYS["2"]) > -60, f"keys are heard outside a payment: {before}"
    nadia.ask_payment("89,90", REFERENCE)
    is_asked(nadia)
    silent(nadia, CALLER)
    nadia.listens_for([*TONES, CALLER])
    pays(caller, nadia, bank.GOOD)
    expect(nadia.line.locator(".lc-keying")).to_have_count(0, timeout=PATIENCE_MS)
    during = nadia.most_heard()
    expect(nadia.payment("accepted")).to_contain_text("DEMO-", timeout=PATIENCE_MS)
    heard(nadia, CALLER, "the customer heard again")
    heard(caller, NADIA, "the advisor heard again")
    assert max(during.values()) < -75, f"something was heard: {during}"
    nadia.act("hang_up")
    eventually(lambda: kept(telephony)[0] == contact, "the recording kept", 30)
    now = payment(telephony)
    assert (now["state"], now["cents"], now["reference"]) == ("accepted", 8990, REFERENCE)
    assert (now["last_four"], now["journal"]) == ("1111", ["accepted"])
    assert now["thread"] == [f"89,90\u00a0€ · {REFERENCE} · •••• 1111 · {now['receipt']}"]
    _, customer, _ = kept(telephony)
    found = [at for at in range(0, len(customer) - 800, 800) if _is_key(customer[at : at + 800])]
    assert found, "the keys before the payment are there"
    assert max(found) - min(found) < tones.RATE, "no key of the payment is in the recording"
    assert written_anywhere(telephony, bank.GOOD) == []


def _is_key(samples: list[int]) -> bool:
    if tones.loudness(samples) < 1e-5:
        return False
    return any(sum(tones.strength(samples, tone) for tone in pair) > 0.8 for pair in tones.KEYS.values())


def test_a_wrong_number_is_asked_again_and_a_decline_is_said(
    telephony: Telephony, carrier: Carrier, seat: Seat
) -> None:
    nadia, caller, contact = in_conversation(carrier, seat)
    nadia.act("pay")
    dialog = nadia.page.locator("#dialog-body")
    dialog.locator("#payment-amount").fill("beaucoup")
    dialog.locator("#payment-reference").fill(REFERENCE)
    dialog.locator("button[data-kind=primary]").click()
    expect(dialog.locator("[role=alert]")).to_contain_text("beaucoup")
    dialog.locator("#payment-amount").fill("1 200,5")
    dialog.locator("button[data-kind=primary]").click()
    is_asked(nadia)
    keys_in(caller, "4111#")
    expect(nadia.line.locator(".lc-keying .lc-error")).to_be_visible(timeout=PATIENCE_MS)
    keys_in(caller, bank.POOR[:2])
    expect(nadia.line.locator(".lc-keying-dots i")).to_have_count(2, timeout=PATIENCE_MS)
    keys_in(caller, bank.POOR[2:])
    keys_in(caller, "#")
    is_asked(nadia, step="Expiration")
    keys_in(caller, AFTER_NUMBER)
    expect(nadia.payment("failed").or_(nadia.payment("declined"))).to_be_visible(timeout=PATIENCE_MS)
    now = payment(telephony)
    assert (now["state"], now["cents"], now["contact"]) == ("declined", 120050, contact)
    heard(nadia, CALLER, "the customer heard again")
    nadia.act("hang_up")
    nadia.wrap_up()
    assert facts(telephony)["state"] == "closed"


def test_customer_and_advisor_may_stop_it_and_hear_each_other_again(
    telephony: Telephony, carrier: Carrier, seat: Seat
) -> None:
    nadia, caller, contact = in_conversation(carrier, seat)
    nadia.ask_payment("10", REFERENCE)
    is_asked(nadia)
    keys_in(caller, "4111*")
    expect(nadia.payment("failed")).to_be_visible(timeout=PATIENCE_MS)
    assert payment(telephony)["why"] == "customer"
    heard(nadia, CALLER, "the customer heard again")
    nadia.ask_payment("10", REFERENCE)
    is_asked(nadia)
    keys_in(caller, "41")
    nadia.act("stop_paying")
    expect(nadia.line.locator("[data-lc-payment=failed]")).to_have_count(2, timeout=PATIENCE_MS)
    heard(nadia, CALLER, "the customer heard again")
    heard(caller, NADIA, "the advisor heard again")
    now = payment(telephony)
    assert (now["why"], now["contact"], now["call_paying"]) == ("advisor", contact, None)


def test_a_hang_up_in_the_middle_leaves_contact_call_and_payment_in_agreement(
    telephony: Telephony, carrier: Carrier, seat: Seat
) -> None:
    nadia, caller, contact = in_conversation(carrier, seat)
    nadia.ask_payment("10", REFERENCE)
    is_asked(nadia)
    keys_in(caller, bank.GOOD)
    caller.hang_up()
    expect(nadia.payment("failed")).to_be_visible(timeout=PATIENCE_MS)
    now, call = payment(telephony), facts(telephony)
    assert (now["state"], now["why"], now["journal"]) == ("failed", "hung_up", ["failed"])
    assert (call["contact"], call["state"], call["phase"], call["over"]) == (contact, "wrap_up", "ended", True)
    nadia.wrap_up()
    nadia.state("ready")


def test_a_controller_killed_in_the_middle_ends_the_payment_and_says_so(
    telephony: Telephony, carrier: Carrier, seat: Seat
) -> None:
    nadia, caller, _ = in_conversation(carrier, seat)
    nadia.ask_payment("10", REFERENCE)
    is_asked(nadia)
    keys_in(caller, "411111")
    telephony.kill("voice")
    telephony.wait_for_the_exchange()
    expect(nadia.payment("failed")).to_be_visible(timeout=PATIENCE_MS)
    assert payment(telephony)["why"] == "interrupted"
    heard(nadia, CALLER, "the customer heard again")
    heard(caller, NADIA, "the advisor heard again")
    nadia.ask_payment("10", REFERENCE)
    pays(caller, nadia, bank.FORGETFUL)
    expect(nadia.payment("unknown")).to_be_visible(timeout=PATIENCE_MS)
    heard(nadia, CALLER, "the customer heard again")
    if nadia.payment("unknown").count():  # the worker asks by itself now and then
        nadia.act("ask_bank")
    expect(nadia.payment("accepted")).to_be_visible(timeout=PATIENCE_MS)
    assert payment(telephony)["journal"] == ["failed", "unknown", "accepted"]
