"""A customer calls from a page and talks with an advisor: sound proved by tone in both directions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.channels.visio.browsers import Person, people
from tests.stories.people import PATIENCE_MS, Desk, eventually

if TYPE_CHECKING:
    from tests.conftest import Centre

pytestmark = pytest.mark.browser

CUSTOMER_HZ, ADVISOR_HZ = 440, 880
CUSTOMER_EAR, ADVISOR_EAR = "[data-lc-part='sound']", "#visio-sound"


def _call(person: Person, centre: Centre) -> None:
    page = person.page
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{centre.url}/call/garance-chat/")
    page.get_by_label("Votre nom").fill("Anne")
    page.get_by_label("Votre adresse e-mail").fill("anne.lefevre@exemple.test")
    page.get_by_role("button", name="Appeler").click()
    expect(page.locator("[data-lc-part=status]")).to_contain_text("file", timeout=PATIENCE_MS)


def _accept(desk: Desk) -> int:
    expect(desk.offer).to_be_visible(timeout=PATIENCE_MS)
    contact = int(desk.offer.get_attribute("data-lc-contact") or 0)
    desk.offer.locator("[data-lc-act=accept]").click()
    expect(desk.page.locator(f"#exchange-{contact}[data-mine='1']")).to_be_visible(timeout=PATIENCE_MS)
    return contact


def _heard(person: Person, ear: str, hertz: int) -> None:
    eventually(lambda: abs(person.hears(ear) - hertz) < 15, f"{hertz} Hz", 30)


def test_customer_and_advisor_hear_each_other_show_and_come_back(
    browser: Browser, centre: Centre, sign_in: Callable[[Page, str], None], tmp_path: Path
) -> None:
    with people(browser, tmp_path, CUSTOMER_HZ, ADVISOR_HZ) as (customer, advisor):
        sign_in(advisor.page, "conseiller@demo.test")
        desk = Desk(advisor.page, centre)
        desk.be("available")
        _call(customer, centre)
        contact = _accept(desk)
        _heard(customer, CUSTOMER_EAR, ADVISOR_HZ)
        _heard(advisor, ADVISOR_EAR, CUSTOMER_HZ)
        expect(customer.page.locator("[data-lc-part=advisor]")).to_contain_text("Nadia Ferrand")

        # muted: the customer hears nothing any more, then again
        mute = advisor.page.locator("[data-lc-visio-act=mute]")
        mute.click()
        eventually(lambda: customer.hears(CUSTOMER_EAR) == 0, "silence while muted")
        mute.click()
        _heard(customer, CUSTOMER_EAR, ADVISOR_HZ)

        # the camera is shown once the customer agrees, and never before
        picture = advisor.page.locator("[data-lc-visio] video")
        advisor.page.locator("[data-lc-visio-act=ask-camera]").click()
        expect(customer.page.locator("[data-lc-part=question]")).to_be_visible()
        expect(picture).to_be_hidden()
        customer.page.locator("[data-lc-act=agree]").click()
        expect(picture).to_be_visible(timeout=PATIENCE_MS)
        eventually(lambda: picture.evaluate("video => video.videoWidth > 0 && video.currentTime > 0"), "a picture")
        customer.page.locator("[data-lc-act=stop-picture]").click()
        expect(picture).to_be_hidden(timeout=PATIENCE_MS)
        advisor.page.locator("[data-lc-visio-act=ask-screen]").click()
        customer.page.locator("[data-lc-act=refuse]").click()
        expect(advisor.page.locator("[data-lc-visio] [data-lc-part=state]")).to_contain_text("ne le souhaite pas")

        # a reload on either side finds the call again
        customer.page.reload()
        _heard(customer, CUSTOMER_EAR, ADVISOR_HZ)
        _heard(advisor, ADVISOR_EAR, CUSTOMER_HZ)
        advisor.page.reload()
        advisor.page.locator(f"#work [data-lc-contact='{contact}']").first.click()
        _heard(advisor, ADVISOR_EAR, CUSTOMER_HZ)
        _heard(customer, CUSTOMER_EAR, ADVISOR_HZ)

        customer.page.locator("[data-lc-act=hang-up]").click()
        expect(customer.page.locator("[data-lc-part=status]")).to_contain_text("raccroché")
        expect(advisor.page.locator(f"#exchange-{contact}[data-state='wrap_up']")).to_be_visible(timeout=PATIENCE_MS)
        desk.wrap_up()
        desk.be("offline")


def test_a_caller_who_leaves_the_line_is_known_at_once(
    browser: Browser, centre: Centre, sign_in: Callable[[Page, str], None], tmp_path: Path
) -> None:
    with people(browser, tmp_path, CUSTOMER_HZ, ADVISOR_HZ) as (customer, advisor):
        sign_in(advisor.page, "conseiller@demo.test")
        desk = Desk(advisor.page, centre)
        desk.be("available")
        _call(customer, centre)
        expect(desk.offer).to_be_visible(timeout=PATIENCE_MS)
        customer.page.locator("[data-lc-act=hang-up]").click()
        expect(advisor.page.locator("[data-lc-offer]")).to_have_count(0, timeout=PATIENCE_MS)
        desk.be("offline")


def test_without_a_microphone_nobody_is_called(browser: Browser, centre: Centre, tmp_path: Path) -> None:
    with people(browser, tmp_path, CUSTOMER_HZ, refuses=frozenset({CUSTOMER_HZ})) as (customer,):
        customer.page.goto(f"{centre.url}/call/garance-chat/")
        customer.page.get_by_label("Votre nom").fill("Anne")
        customer.page.get_by_role("button", name="Appeler").click()
        expect(customer.page.locator("[data-lc-part=problem]")).to_contain_text("microphone", timeout=PATIENCE_MS)
        expect(customer.page.get_by_label("Votre nom")).to_have_value("Anne")
