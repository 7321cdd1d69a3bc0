"""A day's work with no mouse at all: everything here goes through `page.keyboard`, as a person's hands would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.stories.people import PATIENCE_MS, refusals, write_mail

if TYPE_CHECKING:
    from tests.conftest import Centre

pytestmark = pytest.mark.browser

# The element that has the focus, inside the chat's own tree too; whether one sees that it has it.
FOCUS = """() => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    if (!at || at === document.body) return null;
    const drawn = (element) => {
        const style = getComputedStyle(element);
        return (style.outlineStyle !== "none" && style.outlineWidth !== "0px") || style.boxShadow !== "none";
    };
    return {
        what: `${at.localName}#${at.id}.${at.className} ${at.ariaLabel ?? at.textContent.trim().slice(0, 40)}`,
        seen: drawn(at) || (at.parentElement !== null && drawn(at.parentElement)),
        jumpedTo: at.getAttribute("tabindex") === "-1",
    };
}"""


class Hands:
    """Two hands on a keyboard in front of a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.set_default_timeout(PATIENCE_MS)

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self.page.keyboard.type(text)

    def see_focus(self) -> None:
        """The focus is somewhere, and one sees where; a heading jumped to is read out instead."""
        focus = self.page.wait_for_function(FOCUS, timeout=5_000).json_value()
        assert focus["seen"] or focus["jumpedTo"], f"one does not see the focus on {focus['what']}"

    def reach(self, target: Locator, key: str = "Tab", most: int = 60) -> None:
        """Press `key` until `target` has the focus, seeing it at every stop on the way."""
        expect(target).to_be_visible(timeout=PATIENCE_MS)
        passed = []
        for _ in range(most):
            if target.evaluate("element => element.getRootNode().activeElement === element"):
                return
            self.press(key)
            focus = self.page.evaluate(FOCUS)
            if focus:
                assert focus["seen"] or focus["jumpedTo"], f"one does not see the focus on {focus['what']}"
                passed.append(focus["what"])
        raise AssertionError(f"{key} never came to {target}; it passed\n" + "\n".join(passed))

    def choose(self, target: Locator, words: str) -> None:
        """Reach a list and choose the option that begins with these words, by typing them."""
        self.reach(target)
        self.type(words)
        chosen = target.evaluate("list => list.selectedOptions[0].label")
        assert str(chosen).startswith(words), f"{words} chose {chosen}"


@pytest.fixture
def seat(centre: Centre, new_page: Callable[..., Page]) -> Iterator[Callable[[str], Hands]]:
    """Sit down and sign in: `seat("conseiller@demo.test")`. The page's security policy must have nothing to refuse."""
    refused: list[list[str]] = []

    def sit(email: str) -> Hands:
        page = new_page()
        refused.append(refusals(page))
        hands = Hands(page)
        page.goto(f"{centre.url}/accounts/login/")
        hands.reach(page.locator("input[name=login]"))
        hands.type(email)
        hands.reach(page.locator("input[name=password]"))
        hands.type(centre.password)
        hands.press("Enter")
        page.wait_for_url(lambda url: "/accounts/login" not in url)
        return hands

    yield sit
    assert not any(refused), refused


def be_available(hands: Hands) -> None:
    """P opens the states; Disponible is chosen with Tab and Enter."""
    page = hands.page
    expect(page.locator("[data-staff-bar]")).to_be_visible()
    hands.press("p")
    hands.see_focus()
    hands.reach(page.locator("[data-staff-bar] button", has_text="Disponible"))
    hands.press("Enter")
    expect(page.locator("[data-staff-bar] summary")).to_contain_text("Disponible")
    expect(page.locator("[data-staff-bar] details[open]")).to_have_count(0)
    hands.see_focus()


def be_offered(hands: Hands) -> int:
    """Wait for an offer; the number of its contact."""
    offer = hands.page.locator("[data-lc-offer]").first
    expect(offer).to_be_visible(timeout=PATIENCE_MS)
    return int(offer.get_attribute("data-lc-contact") or 0)


def accept(hands: Hands) -> int:
    """Accept by the key A what is offered."""
    contact = be_offered(hands)
    hands.press("a")
    expect(hands.page.locator(f"#exchange-{contact}[data-mine='1'] #reply-text")).to_be_visible(timeout=PATIENCE_MS)
    expect(hands.page.locator("#exchange-title")).to_be_focused()
    return contact


def wrap_up(hands: Hands, contact: int) -> None:
    """W, then reason, outcome and next step; Alt Enter finishes."""
    page = hands.page
    hands.press("w")
    expect(page.locator("#wrap-reason")).to_be_focused()
    hands.see_focus()
    hands.press("ArrowDown")
    assert page.locator("#wrap-reason").input_value()
    hands.choose(page.locator("#wrap-outcome"), "Résolu")
    hands.choose(page.locator("#wrap-next"), "Rien de plus")
    hands.press("Alt+Enter")
    expect(page.locator(f"#work [data-lc-contact='{contact}']")).to_have_count(0, timeout=PATIENCE_MS)
    hands.see_focus()


def mail(centre: Centre, subject: str) -> None:
    write_mail(
        centre,
        sender="anne.lefevre@exemple.test",
        name="Anne Lefèvre",
        subject=subject,
        text="Bonjour, mon lave-linge perd de l’eau.",
    )


def test_a_mail_from_signing_in_to_its_wrap_up(centre: Centre, seat: Callable[[str], Hands]) -> None:
    hands = seat("conseiller@demo.test")
    page = hands.page
    be_available(hands)

    hands.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    expect(page.locator("#shortcuts")).to_contain_text("Réponses prêtes")
    hands.see_focus()
    hands.press("Escape")
    expect(page.locator("#shortcuts")).to_be_hidden()

    mail(centre, "Lave-linge qui fuit")
    contact = accept(hands)
    hands.see_focus()
    # what was said can be read and scrolled
    hands.reach(page.locator("#exchange-body"))
    hands.press("PageDown")

    hands.press("r")
    expect(page.locator("#reply-text")).to_be_focused()
    hands.see_focus()
    hands.type("::")
    expect(page.locator("#templates [role=option]").first).to_be_visible()
    hands.press("Enter")
    expect(page.locator("#reply-text")).not_to_have_value("::")
    expect(page.locator("#reply-text")).not_to_have_value("")
    expect(page.locator("#reply-text")).to_be_focused()
    hands.type(" Un technicien passe mardi.")
    hands.press("Control+Enter")
    expect(page.locator("#exchange-body")).to_contain_text("Un technicien passe mardi.")
    hands.see_focus()

    hands.press("Escape", "n")
    expect(page.locator("#note-text")).to_be_focused()
    hands.see_focus()
    hands.type("Eau coupée, voisin prévenu.")
    hands.press("Control+Enter")
    expect(page.locator(".lc-message[data-kind=note]")).to_contain_text("voisin prévenu")
    hands.see_focus()

    hands.press("Control+k")
    expect(page.locator("#palette-input")).to_be_focused()
    hands.see_focus()
    hands.type("Lefèvre")
    expect(page.locator("#palette-customers a[aria-selected=true]")).to_contain_text("Lefèvre")
    hands.press("Enter")
    expect(page.locator("#palette")).to_be_hidden()
    expect(page.locator("#customer")).to_contain_text("Lefèvre")
    hands.see_focus()

    hands.press("Escape")
    wrap_up(hands, contact)


def test_an_offer_is_declined_and_an_exchange_handed_on(centre: Centre, seat: Callable[[str], Hands]) -> None:
    hands = seat("conseiller@demo.test")
    page = hands.page
    be_available(hands)
    mail(centre, "À décliner")
    be_offered(hands)
    hands.press("x")
    hands.see_focus()
    hands.press("Tab", "Enter")
    expect(page.locator("[data-lc-offer]")).to_have_count(0)
    hands.see_focus()

    mail(centre, "À transférer")
    contact = accept(hands)
    hands.press("t")
    dialog = page.locator("#dialog")
    expect(dialog.locator("#transfer-to")).to_be_focused()
    hands.see_focus()
    hands.type("Commandes")
    assert dialog.locator("#transfer-to").input_value().startswith("queue:")
    hands.reach(dialog.locator("#transfer-note"))
    hands.type("Attend une date de livraison.")
    hands.reach(dialog.locator("button[data-kind=primary]"))
    hands.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator(f"#exchange-{contact}[data-mine='1']")).to_have_count(0)
    hands.see_focus()


def test_a_chat_from_both_sides(centre: Centre, new_page: Callable[..., Page], seat: Callable[[str], Hands]) -> None:
    hands = seat("conseiller@demo.test")
    page = hands.page
    be_available(hands)

    visitor = Hands(new_page())
    shop = visitor.page
    shop.goto(f"{centre.url}/demo/shop/garance/")
    visitor.reach(shop.get_by_label("Ouvrir le chat"))
    visitor.press("Enter")
    expect(shop.get_by_label("Votre question")).to_be_focused()
    visitor.see_focus()
    visitor.type("Où est ma commande ?")
    visitor.reach(shop.get_by_label("Votre nom"))
    visitor.type("Anne")
    visitor.reach(shop.get_by_label("Votre e-mail"))
    visitor.type("anne.lefevre@exemple.test")
    visitor.reach(shop.get_by_role("button", name="Démarrer"))
    visitor.press("Enter")
    expect(shop.get_by_label("Votre message")).to_be_focused()

    contact = accept(hands)
    expect(page.locator("#exchange-body")).to_contain_text("Où est ma commande ?")
    hands.press("r")
    hands.type("Bonjour Anne, elle arrive demain.")
    hands.press("Enter")
    expect(shop.get_by_text("elle arrive demain")).to_be_visible()
    expect(page.locator("#reply-text")).to_be_focused()
    hands.see_focus()

    visitor.see_focus()
    visitor.type("Merci !")
    visitor.press("Enter")
    expect(page.locator("#exchange-body")).to_contain_text("Merci !")
    visitor.press("Escape")
    expect(shop.get_by_label("Ouvrir le chat")).to_be_focused()
    visitor.see_focus()

    hands.press("Escape", "e")
    expect(page.locator(f"#exchange-{contact}[data-state=wrap_up]")).to_be_visible()
    hands.see_focus()
    wrap_up(hands, contact)


def test_the_floor(seat: Callable[[str], Hands]) -> None:
    hands = seat("superviseur@demo.test")
    page = hands.page
    expect(page.locator(".lc-places [aria-current=page]")).to_contain_text("Le plateau")
    expect(page.locator(".lc-table a").first).to_be_visible()

    hands.reach(page.locator("#message-text"), most=120)
    hands.see_focus()
    hands.type("Réunion à 15 h.")
    hands.press("Tab")
    hands.press("Enter")
    expect(page.locator("#team-message")).to_contain_text("Réunion à 15 h.")
    hands.see_focus()

    hands.reach(page.locator(".lc-table tbody a").first, key="Shift+Tab", most=120)
    hands.press("Enter")
    page.wait_for_url("**/supervision/contacts/**")
    expect(page.locator("h1")).to_be_visible()
    hands.reach(page.locator(".lc-places a", has_text="Le plateau"))
    hands.press("Enter")
    page.wait_for_url("**/floor")
