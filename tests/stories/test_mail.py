"""The story of a mail: in by SMTP, offered with the file open, answered, received, wrapped up, traced, counted."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.stories.people import PATIENCE_MS, Desk, eventually, write_mail

if TYPE_CHECKING:
    from tests.conftest import Centre

pytestmark = pytest.mark.browser


def handled(floor: Page) -> int:
    """How many contacts the floor says were handled today."""
    figure = floor.locator(".lc-figure", has=floor.locator("a[href*='figure=handled']")).locator(".lc-figure-value")
    return int(figure.inner_text().split()[0])


def test_a_mail_from_arrival_to_the_floor(
    centre: Centre, new_page: Callable[..., Page], sign_in: Callable[[Page, str], None]
) -> None:
    floor = new_page()
    sign_in(floor, "superviseur@demo.test")
    floor.goto(f"{centre.url}/floor")
    expect(floor.locator(".lc-figures")).to_be_visible(timeout=PATIENCE_MS)
    before = handled(floor)

    page = new_page()
    sign_in(page, "conseiller@demo.test")
    desk = Desk(page, centre)
    desk.be("available")
    write_mail(
        centre,
        sender="anne.lefevre@exemple.test",
        name="Anne Lefèvre",
        subject="Lave-linge qui fuit",
        text="Bonjour, mon lave-linge perd de l’eau. Anne Lefèvre",
    )
    expect(desk.offer).to_contain_text("Lefèvre", timeout=PATIENCE_MS)
    # the file is there before anything is accepted
    expect(page.locator("#customer")).to_contain_text("Lefèvre", timeout=PATIENCE_MS)
    contact = desk.accept()
    expect(page.locator("#exchange-body")).to_contain_text("perd de l’eau")

    desk.answer("Coupez l’arrivée d’eau, un technicien passe mardi.")
    mailbox = new_page()
    address = f"{centre.url}/demo/mailbox/?address=anne.lefevre@exemple.test"

    def received() -> bool:
        mailbox.goto(address)
        return "Lave-linge qui fuit" in mailbox.locator("main").inner_text()

    eventually(received, "the answer in the customer's mailbox", 40)

    # refused without outcome, and nothing is lost
    page.click("[data-lc-act=wrap]")
    expect(page.locator("#wrap-error")).to_be_visible()
    desk.wrap_up()

    page.goto(f"{centre.url}/")
    history = new_page()
    sign_in(history, "conseiller@demo.test")
    customer = json.loads(_api(centre, f"contacts/{contact}"))["customer_id"]
    history.goto(f"{centre.url}/customers/{customer}")
    expect(history.locator("main")).to_contain_text("Lave-linge qui fuit", timeout=PATIENCE_MS)

    expect(floor.locator(".lc-figures")).to_be_visible()
    eventually(lambda: handled(floor) == before + 1, "one more handled contact on the floor")
    desk.be("offline")


def _api(centre: Centre, path: str) -> str:
    """A program of the company asks."""
    import httpx

    token = centre.ligne("token", "create", "--user", "admin@demo.test", "--scope", "contacts:read").stdout.strip()
    answer = httpx.get(f"{centre.url}/api/v1/{path}", headers={"Authorization": f"Bearer {token}"}, timeout=20)
    answer.raise_for_status()
    return answer.text
