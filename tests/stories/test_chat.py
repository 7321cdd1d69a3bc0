"""Two chats at once, from the widget in a shop to the desk and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.stories.people import PATIENCE_MS, Desk

if TYPE_CHECKING:
    from tests.conftest import Centre

pytestmark = pytest.mark.browser


def ask(page: Page, centre: Centre, *, name: str, email: str, text: str) -> None:
    """A visitor of the demo shop opens the chat and asks."""
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{centre.url}/demo/shop/garance/")
    page.get_by_label("Ouvrir le chat").click()
    page.get_by_label("Votre question").fill(text)
    page.get_by_label("Votre nom").fill(name)
    page.get_by_label("Votre e-mail").fill(email)
    page.get_by_role("button", name="Démarrer").click()


def test_two_chats_at_once_are_answered_each_in_its_own_window(
    centre: Centre, new_page: Callable[..., Page], sign_in: Callable[[Page, str], None]
) -> None:
    page = new_page()
    sign_in(page, "conseiller@demo.test")
    desk = Desk(page, centre)
    desk.be("available")

    anne, karim = new_page(), new_page(width=390, height=800)
    ask(anne, centre, name="Anne", email="anne.lefevre@exemple.test", text="Où est ma commande ?")
    first = desk.accept()
    ask(karim, centre, name="Karim", email="visiteur@exemple.test", text="<script>alert(1)</script> Bonjour")
    second = desk.accept()
    assert first != second
    expect(page.locator("#exchange-body")).to_contain_text("<script>alert(1)</script> Bonjour")

    desk.answer("Bonjour Karim, je regarde.")
    desk.open(first)
    desk.answer("Bonjour Anne, elle arrive demain.")
    expect(anne.get_by_text("elle arrive demain")).to_be_visible(timeout=PATIENCE_MS)
    expect(karim.get_by_text("Bonjour Karim")).to_be_visible(timeout=PATIENCE_MS)
    expect(karim.get_by_text("elle arrive demain")).to_have_count(0)

    # a reload on the customer's side loses nothing
    anne.reload()
    expect(anne.get_by_text("elle arrive demain")).to_be_visible(timeout=PATIENCE_MS)
    anne.get_by_label("Votre message").fill("Merci !")
    anne.keyboard.press("Enter")
    expect(page.locator("#exchange-body")).to_contain_text("Merci !", timeout=PATIENCE_MS)

    desk.wrap_up()
    desk.open(second)
    desk.wrap_up()
    desk.be("offline")
