"""The telephone's pages in each of their states, looked at: axe-core, a narrow window, light and dark; pictures when
LIGNE_PICTURES names a folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.channels.voice.carrier import Carrier
from tests.channels.voice.rig import CALLER, CLAIRE, LINE, NADIA, YANIS, Seat, Telephony, facts, heard, line_is
from tests.stories.people import PATIENCE_MS, eventually
from tests.stories.test_accessibility import NARROW, WIDE, objections, outline

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("quiet")]
THIRD = 1700.0


def look(page: Page, name: str, *, whole: bool = True) -> None:
    """Everybody can read this state of the page: in a wide window and a narrow one, in light and in dark."""
    folder = os.environ.get("LIGNE_PICTURES", "")
    for window, size in (("wide", WIDE), ("narrow", NARROW)):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(150)
            if folder:
                page.screenshot(path=Path(folder) / f"{name}-{window}-{scheme}.png")
            if whole or window == "wide":
                assert not objections(page), (name, window, scheme)
        assert not outline(page), (name, window)
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="light")


def test_a_call_that_rings_is_held_and_is_listened_to(telephony: Telephony, carrier: Carrier, seat: Seat) -> None:
    nadia = seat("conseiller@demo.test", NADIA)
    nadia.press("devices")
    look(nadia.page, "devices")
    nadia.press("devices")
    with line_is(telephony, recorded=True):
        carrier.call(LINE, tone=CALLER)
        expect(nadia.offer).to_be_visible(timeout=PATIENCE_MS)
        nadia.state("ringing")
        nadia.page.screenshot(path=Path(os.environ.get("LIGNE_PICTURES", "/tmp")) / "ringing.png")  # noqa: S108
        contact = nadia.accept()
    heard(nadia, CALLER, "the customer heard")
    look(nadia.page, "talking")
    nadia.act("hold")
    nadia.says("En garde")
    look(nadia.page, "hold", whole=False)
    nadia.act("resume")
    nadia.says("En conversation")
    nadia.act("consult")
    expect(nadia.page.locator("#consult-number")).to_be_visible()
    look(nadia.page, "consult", whole=False)
    nadia.page.keyboard.press("Escape")
    claire = seat("superviseur@demo.test", CLAIRE, state=None)
    claire.page.goto(f"{telephony.centre.url}/contacts/{contact}/")
    claire.is_ready()
    claire.act("listen")
    claire.line.locator("[data-lc-call=leave]").wait_for()
    look(claire.page, "listening", whole=False)
    claire.act("leave")


def test_a_second_line_and_a_microphone_that_is_missing(telephony: Telephony, carrier: Carrier, seat: Seat) -> None:
    nadia = seat("conseiller@demo.test", NADIA)
    carrier.call(LINE, tone=CALLER)
    nadia.accept()
    heard(nadia, CALLER, "the customer heard")
    yanis = seat("conseiller2@demo.test", YANIS)
    theirs = carrier.call(LINE, caller="+33687654321", tone=THIRD)
    yanis.accept()
    heard(yanis, THIRD, "the second customer heard")
    nadia.consult("Yanis Roche")
    expect(yanis.second).to_contain_text("collègue", timeout=PATIENCE_MS)
    look(yanis.page, "second-rings")
    yanis.press("answer-second")
    expect(yanis.second).to_contain_text("attend")
    look(yanis.page, "second-waits", whole=False)
    yanis.press("switch")
    heard(yanis, THIRD, "the first line heard again")
    yanis.press("end-second")
    yanis.microphone_is("NotFoundError")
    yanis.unplug()
    expect(yanis.trouble).to_be_visible(timeout=PATIENCE_MS)
    look(yanis.page, "unplugged")
    theirs.hang_up()


def test_a_voice_message_and_who_does_not_want_to_be_called(telephony: Telephony, carrier: Carrier, seat: Seat) -> None:
    with line_is(telephony, closed=True):
        caller = carrier.call(LINE, caller="+33612000021", tone=CALLER)
        caller.waits_for_the_beep()
        caller.stays(3)
        caller.hang_up()
        eventually(lambda: facts(telephony)["channel"] == "voicemail", "the message as a contact", 40)
    nadia = seat("conseiller@demo.test", NADIA)
    nadia.accept()
    message = nadia.page.locator("[data-lc-message]")
    message.locator("[data-lc-play]").click()
    expect(message.locator("audio")).to_be_visible(timeout=PATIENCE_MS)
    look(nadia.page, "message")
    name = telephony.ask(_OPPOSED)
    nadia.find(name)
    nadia.page.locator("#customer-head [data-lc-number]").first.click()
    expect(nadia.page.locator("#dialog input[value=prospecting]")).to_be_visible()
    look(nadia.page, "purpose")
    nadia.page.locator("#dialog input[value=prospecting]").check()
    nadia.page.locator("#dialog button[data-kind=primary]").click()
    expect(nadia.page.locator(".lc-toast")).to_contain_text("Appel refusé", timeout=PATIENCE_MS)
    now = facts(telephony)
    assert (now["channel"], now["state"]) == ("voicemail", "active"), "nothing was made of the refused call"


_OPPOSED = """
from ligne.customers import services
from ligne.customers.models import ContactPoint
from ligne.kit.viewer import Viewer
point = ContactPoint.objects.filter(
    kind="phone", valid_to=None, customer__principal__slug="bleuet", customer__oppositions=None,
    customer__kind="person",
).select_related("customer").order_by("-pk").first()
who = point.customer
services.oppose(Viewer.system(who.principal_id), customer_id=who.pk, channel="voice")
print(who.display_name)
"""
