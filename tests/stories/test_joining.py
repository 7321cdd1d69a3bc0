"""Exchanges merged, split and linked, a colleague named, an offer declined with its reason, a mail shown whole."""

from __future__ import annotations

import re
import smtplib
import uuid
from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.stories.people import PATIENCE_MS, Desk, write_mail
from tests.stories.test_keyboard import Hands, accept, be_available, be_offered, seat

if TYPE_CHECKING:
    from tests.conftest import Centre

pytestmark = pytest.mark.browser

__all__ = ["seat"]  # the fixture of the stories by keyboard

LAYOUT = """<html><body><h1>Ma commande</h1><ul>{}</ul>
<p><a href="https://exemple.test/photos">Photos</a></p><script>window.parent.document.title = "!"</script></body></html>
""".format("".join(f"<li>point {n}</li>" for n in range(60)))


def mail(centre: Centre, subject: str, text: str = "Bonjour, mon lave-linge perd de l’eau.", **headers: str) -> str:
    return write_mail(
        centre, sender="anne.lefevre@exemple.test", name="Anne Lefèvre", subject=subject, text=text, **headers
    )


def test_two_mails_become_one_and_one_leaves_again_by_keyboard(centre: Centre, seat: Callable[[str], Hands]) -> None:
    hands = seat("conseiller@demo.test")
    page = hands.page
    be_available(hands)
    first = mail(centre, "Lave-linge qui fuit")
    contact = accept(hands)
    mail(centre, "Relance lave-linge", "Toujours rien ?")
    other = be_offered(hands)

    # the second becomes part of the first
    hands.press("Escape", "m")
    dialog = page.locator("#dialog")
    expect(dialog.locator(f'button[hx-vals*=\'"other": "{other}"\']').first).to_be_focused()
    hands.see_focus()
    hands.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator("#exchange-thread")).to_contain_text("Toujours rien ?")
    expect(page.locator("[data-lc-offer]")).to_have_count(0)
    expect(page.locator(f"#together-{other}")).to_contain_text("fusionné ici")
    # … and what the customer answers there arrives here
    expect(page.locator("#panel-customer")).to_contain_text("Fusionné dans un autre échange")

    # undone: it is offered again
    hands.reach(page.locator(f"#together-{other} button"))
    hands.press("Enter")
    expect(page.locator(f"#together-{other}")).to_have_count(0)
    expect(page.locator("#exchange-thread")).not_to_contain_text("Toujours rien ?")
    assert be_offered(hands) == other
    hands.see_focus()

    # what is about something else goes on by itself
    mail(centre, "Re: Lave-linge qui fuit", "Autre chose : ma facture.", In_Reply_To=first)
    split = page.locator("#exchange-thread .lc-message", has_text="Autre chose").locator("[data-lc-act=split]")
    hands.reach(split)
    hands.press("Enter")
    expect(dialog.locator("#split-subject")).to_be_focused()
    hands.press("Control+a")
    hands.type("Facture d’octobre")
    hands.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator("#exchange-thread")).not_to_contain_text("Autre chose")
    expect(page.locator(".lc-together")).to_contain_text("Facture d’octobre")
    expect(page.locator(f"#exchange-{contact}")).to_be_visible()
    hands.see_focus()

    # the link is taken back
    hands.reach(page.locator(".lc-together button"))
    hands.press("Enter")
    expect(page.locator(".lc-together")).to_have_count(0)
    hands.see_focus()


def test_a_refused_merge_says_why(
    centre: Centre, new_page: Callable[..., Page], sign_in: Callable[[Page, str], None]
) -> None:
    page = new_page()
    sign_in(page, "conseiller@demo.test")
    desk = Desk(page, centre)
    desk.be("available")
    mail(centre, "À fusionner")
    contact = desk.accept()
    page.click("[data-lc-act=join]")
    page.fill("#join-number", str(contact))
    page.click("#dialog button[value=merge]")
    expect(page.locator("#join-wrong")).to_contain_text("l’échange lui-même")
    expect(page.locator("#dialog")).to_be_visible()
    expect(page.locator("#join-number")).to_have_value(str(contact))


def test_a_colleague_is_named_told_and_reads(
    centre: Centre, seat: Callable[[str], Hands], new_page: Callable[..., Page], sign_in: Callable[[Page, str], None]
) -> None:
    colleague = new_page()
    sign_in(colleague, "conseiller2@demo.test")
    colleague.goto(f"{centre.url}/")
    hands = seat("conseiller@demo.test")
    page = hands.page
    be_available(hands)
    mail(centre, "Modèle inconnu")
    contact = accept(hands)
    hands.press("n")
    expect(page.locator("#note-text")).to_be_focused()
    hands.type("@yan")
    expect(page.locator("#people [role=option][aria-selected=true]")).to_contain_text("Yanis Roche")
    hands.press("Enter")
    expect(page.locator("#note-text")).to_have_value("@Yanis Roche ")
    hands.type("tu connais ce modèle ?")
    hands.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Yanis Roche")
    expect(page.locator("#note-text")).to_have_value("")

    told = colleague.locator("#mentions")
    expect(told).to_be_visible(timeout=PATIENCE_MS)
    told.locator("summary").click()
    told.locator("a").click()
    expect(colleague.locator(f"#exchange-{contact}")).to_contain_text("tu connais ce modèle ?")
    expect(colleague.locator("#reply-text")).to_have_count(0)
    expect(told).to_have_count(0)
    colleague.fill("#note-text", "Oui, joint de hublot.")
    colleague.locator("#note-form button").click()
    expect(page.locator("#exchange-thread")).to_contain_text("joint de hublot", timeout=PATIENCE_MS)


def test_an_offer_is_declined_with_its_reason_and_the_floor_sees_it(
    centre: Centre, seat: Callable[[str], Hands], new_page: Callable[..., Page], sign_in: Callable[[Page, str], None]
) -> None:
    hands = seat("conseiller@demo.test")
    page = hands.page
    be_available(hands)
    mail(centre, "Pas pour moi")
    contact = be_offered(hands)
    hands.press("x")
    expect(page.locator("#offer details[open] [data-lc-digit='1']")).to_be_focused()
    hands.see_focus()
    # changed one's mind: the offer is still there
    hands.press("Escape")
    expect(page.locator("#offer details[open]")).to_have_count(0)
    expect(page.locator("[data-lc-offer]")).to_have_count(1)
    hands.press("x", "2")
    expect(page.locator("[data-lc-offer]")).to_have_count(0)

    floor = new_page()
    sign_in(floor, "superviseur@demo.test")
    floor.goto(f"{centre.url}/floor")
    group = floor.locator("#declined-skill")
    expect(group).to_contain_text("Ce n’est pas mon domaine", timeout=PATIENCE_MS)
    group.locator("summary").click()
    expect(group.locator(f"a[href='/contacts/{contact}/']")).to_be_visible()
    expect(group).to_contain_text("Nadia Ferrand")


@pytest.fixture
def mailed(centre: Centre, new_page: Callable[..., Page], sign_in: Callable[[Page, str], None]) -> tuple[Page, int]:
    """An advisor who has just accepted a mail with a long layout."""
    page = new_page()
    sign_in(page, "conseiller@demo.test")
    desk = Desk(page, centre)
    desk.be("available")
    message = EmailMessage()
    message["From"], message["To"] = "Anne Lefèvre <anne.lefevre@exemple.test>", "contact@garance.test"
    message["Subject"], message["Message-ID"] = "Ma commande", f"<{uuid.uuid4().hex}@exemple.test>"
    message.set_content("Bonjour, voici ma commande.")
    message.add_alternative(LAYOUT, subtype="html")
    with smtplib.SMTP("127.0.0.1", centre.smtp_port, timeout=20) as server:
        server.send_message(message)
    return page, desk.accept()


def test_a_mail_s_layout_is_shown_whole_and_runs_nothing(mailed: tuple[Page, int]) -> None:
    page, contact = mailed
    title = page.title()
    page.locator("details.lc-fold", has=page.locator("iframe")).locator("summary").click()
    frame = page.locator("iframe.lc-mail-frame")
    expect(frame.content_frame.locator("li").last).to_contain_text("point 59")
    page.wait_for_function(
        """() => { const frame = document.querySelector("iframe.lc-mail-frame"),
                         inside = frame.contentDocument.documentElement;
                   return frame.clientHeight > 600 && inside.scrollHeight <= frame.clientHeight + 1 }"""
    )
    # an update of the exchange leaves it as high as it is
    with page.expect_response(f"**/contacts/{contact}/"):
        page.evaluate("document.body.dispatchEvent(new CustomEvent('lc:refresh'))")
    page.wait_for_function("() => !document.querySelector('.htmx-request, .htmx-settling')")
    assert frame.evaluate("frame => frame.clientHeight") > 600
    with page.expect_popup() as opened:
        frame.content_frame.locator("a").click()
    assert re.match(r"https://exemple\.test/photos|about:blank|chrome-error", opened.value.url)
    assert page.title() == title


def test_the_file_follows_the_exchange(mailed: tuple[Page, int]) -> None:
    page, contact = mailed
    panel = page.locator("#customer")
    entry = panel.locator(".lc-row", has=page.locator(f"a[href='/contacts/{contact}/']"))
    expect(entry).to_contain_text("En cours", timeout=PATIENCE_MS)
    expect(panel).to_contain_text("Identité à prouver")
    page.locator("#identify summary").click()
    page.locator("#identify button[value=proven]").click()
    expect(panel).to_contain_text("Identité vérifiée")
    expect(panel).not_to_contain_text("Voir ce qui est masqué")

    # the same on the exchange's own page
    page.goto(page.url.split("/?")[0] + f"/contacts/{contact}/")
    expect(panel).to_contain_text("Identité vérifiée", timeout=PATIENCE_MS)
    page.select_option("#wrap-reason", index=1)
    page.select_option("#wrap-outcome", "resolved")
    page.select_option("#wrap-next", "none")
    page.click("[data-lc-act=wrap]")
    expect(entry).to_contain_text("Résolu", timeout=PATIENCE_MS)
