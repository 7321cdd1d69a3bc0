"""What happens when it does not go straight: an offer that expires, a transfer, a browser that dies."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.stories.people import PATIENCE_MS, Desk, write_mail

if TYPE_CHECKING:
    from tests.conftest import Centre

pytestmark = pytest.mark.browser


@pytest.fixture
def desk_of(
    centre: Centre, new_page: Callable[..., Page], sign_in: Callable[[Page, str], None]
) -> Callable[[str], Desk]:
    """An advisor at their desk, signed in."""

    def sit(email: str) -> Desk:
        page = new_page()
        sign_in(page, email)
        return Desk(page, centre)

    return sit


def mail(centre: Centre, subject: str) -> None:
    write_mail(centre, sender="marc@exemple.test", name="Marc", subject=subject, text="Bonjour")


def test_an_offer_that_nobody_takes_goes_to_the_next_and_nobody_is_punished(
    centre: Centre, desk_of: Callable[[str], Desk]
) -> None:
    nadia = desk_of("conseiller@demo.test")
    nadia.be("available")
    mail(centre, "Sans réponse")
    expect(nadia.offer).to_be_visible(timeout=PATIENCE_MS)
    contact = nadia.offer.get_attribute("data-lc-contact")
    yanis = desk_of("conseiller2@demo.test")
    yanis.be("available")
    expect(yanis.offer).to_be_visible(timeout=60_000)
    assert yanis.offer.get_attribute("data-lc-contact") == contact
    expect(nadia.offer).to_have_count(0)
    expect(nadia.page.locator("[data-staff-bar]")).to_contain_text("Ne répond pas", timeout=PATIENCE_MS)
    yanis.accept()
    yanis.wrap_up()
    nadia.be("offline")
    yanis.be("offline")


def test_a_transfer_carries_the_context(centre: Centre, desk_of: Callable[[str], Desk]) -> None:
    nadia = desk_of("conseiller@demo.test")
    nadia.be("available")
    mail(centre, "À transférer")
    contact = nadia.accept()
    yanis = desk_of("conseiller2@demo.test")
    yanis.be("available")
    nadia.page.locator("[data-lc-act=transfer]").click()
    dialog = nadia.page.locator("#dialog-body")
    colleague = dialog.locator("#transfer-to option", has_text="Yanis Roche").get_attribute("value")
    dialog.locator("#transfer-to").select_option(colleague)
    dialog.locator("#transfer-note").fill("Connaît bien ce client.")
    dialog.locator("button[data-kind=primary]").click()
    assert yanis.accept() == contact
    expect(yanis.page.locator("#exchange-body")).to_contain_text("Connaît bien ce client.")
    yanis.wrap_up()
    nadia.be("offline")
    yanis.be("offline")


def test_a_browser_that_dies_frees_what_it_held(centre: Centre, desk_of: Callable[[str], Desk]) -> None:
    nadia = desk_of("conseiller@demo.test")
    nadia.be("available")
    mail(centre, "Le navigateur meurt")
    expect(nadia.offer).to_be_visible(timeout=PATIENCE_MS)
    contact = nadia.offer.get_attribute("data-lc-contact")
    nadia.page.context.close()  # nothing is said: the line just goes silent
    yanis = desk_of("conseiller2@demo.test")
    yanis.be("available")
    expect(yanis.offer).to_be_visible(timeout=60_000)
    assert yanis.offer.get_attribute("data-lc-contact") == contact
    yanis.accept()
    yanis.wrap_up()
    yanis.be("offline")


def test_a_reload_finds_the_exchange_and_the_text_again(centre: Centre, desk_of: Callable[[str], Desk]) -> None:
    nadia = desk_of("conseiller@demo.test")
    nadia.be("available")
    mail(centre, "Rechargement")
    contact = nadia.accept()
    nadia.page.locator("#reply-text").press_sequentially("Un début de réponse")
    expect(nadia.page.locator("#draft-state")).to_contain_text("Brouillon", timeout=PATIENCE_MS)
    nadia.page.reload()
    nadia.opened(contact)
    expect(nadia.page.locator("#reply-text")).to_have_value("Un début de réponse")
    nadia.wrap_up()
    nadia.be("offline")
