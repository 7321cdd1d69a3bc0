"""The desk in a real browser: everything by keyboard, nothing lost, nothing that axe-core objects to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.stories.people import PATIENCE_MS, Desk, write_mail

if TYPE_CHECKING:
    from tests.conftest import Centre

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PAGES = {
    "advisor": ("conseiller2@demo.test", ["/", "/accounts/password/change/", "/accounts/2fa/", "/accounts/sessions/"]),
    "supervisor": ("superviseur@demo.test", ["/floor"]),
    "quality": ("qualite@demo.test", ["/floor"]),
    "administrator": ("admin@demo.test", ["/office", "/kit/"]),
}


def objections(page: Page) -> list[str]:
    """What axe-core finds on the page as it is now."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{v['id']}: {node['html'][:160]}" for v in found for node in v["nodes"]]


def settled(page: Page) -> None:
    """Every fragment that the page fetched at first is there."""
    page.wait_for_load_state()
    expect(page.locator(".lc-loading")).to_have_count(0, timeout=PATIENCE_MS)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("role", list(PAGES))
def test_every_page_is_accessible(
    role: str, scheme: str, centre: Centre, new_page: Callable[..., Page], sign_in: Callable[[Page, str], None]
) -> None:
    person, paths = PAGES[role]
    page = new_page(color_scheme=scheme)
    sign_in(page, person)
    for path in paths:
        page.goto(centre.url + path)
        settled(page)
        assert not objections(page), path
        page.set_viewport_size({"width": 390, "height": 844})
        assert not objections(page), f"{path}, narrow"
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, f"{path} scrolls sideways"
        page.set_viewport_size({"width": 1366, "height": 768})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_sign_in_and_errors_are_accessible(scheme: str, centre: Centre, new_page: Callable[..., Page]) -> None:
    page = new_page(color_scheme=scheme)
    for path in ("/accounts/login/", "/nowhere/at/all"):
        page.goto(centre.url + path)
        assert not objections(page), path


@pytest.fixture
def exchange(centre: Centre, new_page: Callable[..., Page], sign_in: Callable[[Page, str], None]) -> Page:
    """An advisor's page with a mail in hand, accepted by keyboard."""
    page = new_page()
    sign_in(page, "conseiller@demo.test")
    desk = Desk(page, centre)
    desk.be("available")
    write_mail(
        centre, sender="luc.bernard@exemple.test", name="Luc Bernard", subject="Un four trop grand", text="Bonjour."
    )
    expect(desk.offer).to_be_visible(timeout=PATIENCE_MS)
    contact = int(desk.offer.get_attribute("data-lc-contact") or 0)
    expect(page.locator("#announcer")).to_contain_text("touche A", timeout=PATIENCE_MS)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("a")
    desk.opened(contact)
    return page


def test_an_exchange_by_keyboard_alone(exchange: Page, centre: Centre) -> None:
    page = exchange
    page.keyboard.press("r")
    page.keyboard.type("Bonjour, nous reprenons le four mardi.")
    expect(page.locator("#draft-state[data-state=saved]")).to_be_visible(timeout=PATIENCE_MS)

    # a page drawn again has the text as it was
    page.reload()
    expect(page.locator("#reply-text")).to_have_value("Bonjour, nous reprenons le four mardi.", timeout=PATIENCE_MS)

    page.keyboard.press("n")
    page.keyboard.type("Reprise prévue mardi")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".lc-message[data-kind=note]")).to_contain_text("Reprise prévue", timeout=PATIENCE_MS)

    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("r")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".lc-leaving [data-lc-act=undo]")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("#reply-text")).to_have_value("")
    page.keyboard.press("Control+z")
    expect(page.locator("#reply-text")).to_have_value("Bonjour, nous reprenons le four mardi.", timeout=PATIENCE_MS)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".lc-leaving")).to_be_visible(timeout=PATIENCE_MS)

    page.keyboard.press("Alt+Enter")
    expect(page.locator("#wrap-error")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(".lc-wrap [aria-invalid]")).to_be_focused()
    page.select_option("#wrap-reason", index=1)
    page.select_option("#wrap-outcome", "resolved")
    page.select_option("#wrap-next", "none")
    contact = page.locator(".lc-exchange").get_attribute("data-contact")
    page.keyboard.press("Alt+Enter")
    expect(page.locator(f"#work [data-lc-contact='{contact}']")).to_have_count(0, timeout=PATIENCE_MS)
    Desk(page, centre).be("offline")


def test_an_answer_finds_its_place_when_what_was_pressed_is_gone(exchange: Page, centre: Centre) -> None:
    page = exchange
    page.fill("#reply-text", "Bonjour, et aussitôt repris")
    page.click("#send")
    expect(page.locator(".lc-leaving")).to_be_visible(timeout=PATIENCE_MS)
    # an update takes the button away while its answer is under way
    with page.expect_response(lambda answer: "/undo/" in answer.url, timeout=PATIENCE_MS) as undone:
        page.evaluate(
            "() => { const b = document.querySelector('.lc-leaving [data-lc-act=undo]'); b.click(); b.remove() }"
        )
    assert undone.value.status == 200, undone.value.text()
    expect(page.locator("#reply-text")).to_have_value("Bonjour, et aussitôt repris", timeout=PATIENCE_MS)
    expect(page.locator(".lc-exchange")).to_have_count(1)
    Desk(page, centre).wrap_up()
    Desk(page, centre).be("offline")


def test_the_answer_of_what_was_sent_may_come_after_that_of_calling_it_back(exchange: Page, centre: Centre) -> None:
    page, held = exchange, []
    # what the live line says draws the page before the slow answer of the sending does
    page.route("**/reply/", lambda route: held.append((route, route.fetch())), times=1)
    page.fill("#reply-text", "Bonjour, rappelé avant la réponse")
    page.click("#send")
    page.click(".lc-leaving [data-lc-act=undo]", timeout=PATIENCE_MS)
    expect(page.locator(".lc-leaving")).to_have_count(0, timeout=PATIENCE_MS)
    [(route, answer)] = held
    with page.expect_response(lambda answer: answer.url.endswith(f"/contacts/{number(page)}/"), timeout=PATIENCE_MS):
        route.fulfill(response=answer)
    expect(page.locator("#reply-text")).to_have_value("Bonjour, rappelé avant la réponse", timeout=PATIENCE_MS)
    page.wait_for_timeout(300)
    expect(page.locator(".lc-leaving")).to_have_count(0)
    expect(page.locator("#reply-text")).to_have_value("Bonjour, rappelé avant la réponse")
    expect(page.locator("#draft-conflict")).to_be_hidden()
    Desk(page, centre).wrap_up()
    Desk(page, centre).be("offline")


def test_what_changed_while_an_answer_was_under_way_is_asked_for_next(exchange: Page, centre: Centre) -> None:
    page, held = exchange, []
    refresh = "document.body.dispatchEvent(new CustomEvent('lc:refresh'))"
    page.route(f"**/contacts/{number(page)}/", lambda route: held.append((route, route.fetch())), times=1)
    page.evaluate(refresh)
    while not held:
        page.wait_for_timeout(50)
    page.evaluate(refresh)
    page.evaluate("htmx.process(document.querySelector('#exchange'))")  # as an update of what is around it does
    [(route, answer)] = held
    with page.expect_request(lambda asked: asked.url.endswith(f"/contacts/{number(page)}/"), timeout=PATIENCE_MS):
        route.fulfill(response=answer)
    Desk(page, centre).wrap_up()
    Desk(page, centre).be("offline")


def test_the_channels_part_asks_again_once_the_exchange_changed_hands(exchange: Page, centre: Centre) -> None:
    page = exchange
    part = '<div data-lc-keep><i hx-get="/?kept-part" hx-swap="none"></i></div>'
    page.evaluate("part => { document.querySelector('article .lc-channel').innerHTML = part }", part)
    drawn = """state => {
      document.querySelector("article[data-contact]").dataset.state = state;
      const detail = { target: document.body };
      document.dispatchEvent(new CustomEvent("htmx:afterSettle", { detail }));
    }"""
    with page.expect_request("**/?kept-part"):
        page.evaluate(drawn, "offered")
    page.evaluate(drawn, "active")
    Desk(page, centre).wrap_up()
    Desk(page, centre).be("offline")


def test_a_refused_wrap_up_is_still_explained_after_an_update(exchange: Page, centre: Centre) -> None:
    page = exchange
    page.keyboard.press("Alt+Enter")
    expect(page.locator("#wrap-error")).to_be_visible(timeout=PATIENCE_MS)
    with page.expect_response(lambda answer: answer.url.endswith(f"/contacts/{number(page)}/"), timeout=PATIENCE_MS):
        page.evaluate("document.body.dispatchEvent(new CustomEvent('lc:refresh'))")
    page.wait_for_timeout(300)
    expect(page.locator("#wrap-error")).to_be_visible()
    expect(page.locator(".lc-wrap [aria-invalid]")).to_have_count(1)
    Desk(page, centre).wrap_up()
    Desk(page, centre).be("offline")


def number(page: Page) -> str:
    """Of the exchange that is shown."""
    return page.locator(".lc-exchange").get_attribute("data-contact") or ""


@pytest.mark.parametrize("late", ["question", "answer"])
def test_a_draft_still_under_way_when_its_text_is_sent_changes_nothing(
    exchange: Page, centre: Centre, late: str
) -> None:
    page, held = exchange, []

    def hold(route: Route) -> None:
        held.append((route, route.fetch() if late == "answer" else None))

    page.route("**/draft/", hold, times=1)
    page.fill("#reply-text", "Bonjour, parti avant d’être gardé")
    page.wait_for_timeout(100)
    while not held:
        page.wait_for_timeout(50)
    page.click("#send")
    expect(page.locator("#reply-text")).to_have_value("", timeout=PATIENCE_MS)
    [(route, answer)] = held
    if answer:
        route.fulfill(response=answer)
    else:
        route.continue_()
    page.wait_for_timeout(300)
    page.click(".lc-leaving [data-lc-act=undo]")
    expect(page.locator("#reply-text")).to_have_value("Bonjour, parti avant d’être gardé", timeout=PATIENCE_MS)
    expect(page.locator("#draft-conflict")).to_be_hidden()
    Desk(page, centre).wrap_up()
    Desk(page, centre).be("offline")


def test_an_exchange_is_accessible_with_its_dialogs(exchange: Page, centre: Centre) -> None:
    page = exchange
    settled(page)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert not objections(page), scheme
        for key in ("t", "b", "s", "?", "Control+k"):
            page.evaluate("document.activeElement.blur()")
            page.keyboard.press(key)
            expect(page.locator("dialog[open] :is(h2, input:not([type=hidden]))").first).to_be_visible(
                timeout=PATIENCE_MS
            )
            assert not objections(page), f"{key}, {scheme}"
            page.keyboard.press("Escape")
            expect(page.locator("dialog[open]")).to_have_count(0)
    Desk(page, centre).wrap_up()
    Desk(page, centre).be("offline")


def test_a_lost_line_is_told_and_loses_no_text(exchange: Page, centre: Centre) -> None:
    page = exchange
    page.fill("#reply-text", "Avant la coupure")
    expect(page.locator("#draft-state[data-state=saved]")).to_be_visible(timeout=PATIENCE_MS)
    page.context.set_offline(True)
    expect(page.locator("#connection")).to_contain_text("Reconnexion", timeout=PATIENCE_MS)
    page.fill("#reply-text", "Avant la coupure, puis pendant")
    expect(page.locator("#draft-state[data-state=failed]")).to_be_visible(timeout=PATIENCE_MS)
    page.context.set_offline(False)
    expect(page.locator("#draft-state[data-state=saved]")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("#connection > p")).to_be_hidden(timeout=PATIENCE_MS)
    expect(page.locator("#reply-text")).to_have_value("Avant la coupure, puis pendant")
    Desk(page, centre).wrap_up()
    Desk(page, centre).be("offline")


def test_two_pages_on_one_draft_overwrite_nothing(
    exchange: Page, centre: Centre, new_page: Callable[..., Page], sign_in: Callable[[Page, str], None]
) -> None:
    page = exchange
    contact = page.locator(".lc-exchange").get_attribute("data-contact")
    other = new_page()
    sign_in(other, "conseiller@demo.test")
    other.goto(f"{centre.url}/?contact={contact}")
    expect(other.locator("#reply-text")).to_be_visible(timeout=PATIENCE_MS)
    page.fill("#reply-text", "écrit ici")
    expect(page.locator("#draft-state[data-state=saved]")).to_be_visible(timeout=PATIENCE_MS)
    other.fill("#reply-text", "écrit là-bas")
    expect(other.locator("#draft-conflict")).to_be_visible(timeout=PATIENCE_MS)
    expect(other.locator(".lc-conflict-text")).to_have_text("écrit ici")
    expect(other.locator("#reply-text")).to_have_value("écrit là-bas")
    other.click("[data-lc-conflict=theirs]")
    expect(other.locator("#reply-text")).to_have_value("écrit ici")
    Desk(page, centre).wrap_up()
    Desk(page, centre).be("offline")
