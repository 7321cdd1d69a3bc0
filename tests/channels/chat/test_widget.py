"""The widget in a real browser, on a site that is not ours."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from playwright.sync_api import expect

from ligne.channels.chat.models import ChatSession
from ligne.contacts import services as contacts
from ligne.contacts.models import CallBack, Contact, Message
from ligne.kit import throttle
from tests import world

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Open = Callable[..., Any]
TAG = 'data-queue="garance-chat"'


@pytest.fixture
def company(transactional_db: None) -> Iterator[world.Company]:
    throttle.forget()
    yield world.company("garance")
    throttle.forget()


class Site(BaseHTTPRequestHandler):
    """A shop's page on another origin than the centre's; a real one: browsers keep invented ones from this machine."""

    html = ""

    def do_GET(self) -> None:
        """Serve the page at every address."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.html.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    """The address of a site that is not ours."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def settled(transactional_db: None) -> Iterator[None]:
    """After the pages are closed: the server has answered what they still asked, and the tables can be emptied."""
    yield
    busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    busy += "AND state <> 'idle'"
    for _ in range(100):
        with connection.cursor() as cursor:
            cursor.execute(busy)
            if cursor.fetchone() == (0,):
                return
        time.sleep(0.1)
    raise AssertionError("the server still works for pages that are closed")


@pytest.fixture
def visit(live_server: Any, settled: None, new_page: Callable[..., Page], company: world.Company, site: str) -> Open:
    """Open a page of another site that embeds the widget with the given tags."""

    def go(*tags: str, **options: Any) -> Page:
        src = f"{live_server.url}/static/built/widget.js"
        scripts = "".join(
            f'<script src="{src}" {tag} defer></script>' for tag in tags or ('data-queue="garance-chat"',)
        )
        Site.html = (
            "<!doctype html><html lang=fr><meta name=viewport content='width=device-width'>"
            f"<title>Boutique</title><h1>Boutique</h1>{scripts}"
        )
        page: Page = new_page(**options)
        page.set_default_timeout(8000)
        page.goto(site)
        return page

    return go


def opener(page: Page) -> Locator:
    return page.get_by_role("button", name="Ouvrir le chat")


def begin(page: Page, question: str = "Où est ma commande ?") -> Contact:
    opener(page).click()
    panel = page.get_by_role("dialog")
    panel.get_by_label("Votre question").fill(question)
    panel.get_by_label("Votre nom").fill("Anne")
    panel.get_by_role("button", name="Démarrer").click()
    expect(panel.get_by_role("log")).to_contain_text("Vous")
    expect(panel.get_by_role("status")).to_contain_text("1re position")
    return Contact.objects.get(messages__text=question)


def answer(company: world.Company, contact: Contact, text: str) -> None:
    contact.refresh_from_db()
    if contact.state != "active":
        if contact.state == "waiting":
            contacts.move(company.system, contact_id=contact.pk, passage="offer", advisor_id=company.advisor.pk)
        contacts.move(company.viewer(), contact_id=contact.pk, passage="accept")
    contacts.reply(company.viewer(), contact_id=contact.pk, text=text)


def log(page: Page) -> Locator:
    return page.get_by_role("dialog").get_by_role("log")


def write(page: Page, text: str) -> None:
    page.get_by_role("dialog").get_by_label("Votre message").fill(text)
    page.keyboard.press("Enter")


def test_a_conversation_survives_a_reload_and_ends(visit: Open, company: world.Company) -> None:
    page = visit()
    contact = begin(page)
    session = ChatSession.objects.get()
    assert (session.page_url, session.page_title, session.name) == (page.url, "Boutique", "Anne")
    answer(company, contact, "Elle arrive demain : https://suivi.example/1.")
    expect(log(page)).to_contain_text("Elle arrive demain")
    expect(log(page)).to_contain_text("a rejoint la conversation")
    expect(page.get_by_role("status")).to_contain_text(company.advisor.name)
    link = log(page).get_by_role("link", name="https://suivi.example/1")
    assert (link.get_attribute("href"), link.get_attribute("rel")) == (
        "https://suivi.example/1",
        "noopener noreferrer nofollow",
    )
    page.get_by_label("Votre message").type("Un brouillon")
    page.reload()
    expect(log(page)).to_contain_text("Elle arrive demain")
    expect(page.get_by_label("Votre message")).to_have_value("Un brouillon")
    write(page, "Merci beaucoup")
    expect(log(page)).to_contain_text("Merci beaucoup")
    expect(page.locator(".pending")).to_have_count(0)
    assert list(Message.objects.filter(kind="in").values_list("text", flat=True)) == [
        "Où est ma commande ?",
        "Merci beaucoup",
    ]
    page.get_by_role("button", name="Terminer").click()
    expect(page.get_by_role("button", name="Nouvelle conversation")).to_be_visible()
    contact.refresh_from_db()
    assert contact.state == "wrap_up"
    page.get_by_role("button", name="Copie par e-mail").click()
    page.get_by_label("Votre e-mail").fill("anne@exemple.test")
    page.get_by_role("button", name="Recevoir une copie").click()
    expect(page.get_by_text("La copie part vers anne@exemple.test")).to_be_visible()
    assert Message.objects.get(channel="email").recipients["to"] == ["anne@exemple.test"]
    page.get_by_role("button", name="Nouvelle conversation").click()
    page.get_by_label("Votre question").fill("Encore une chose")
    page.get_by_role("button", name="Démarrer").click()
    expect(log(page)).to_contain_text("Encore une chose")
    expect(page.locator(".pending")).to_have_count(0)
    assert Contact.objects.get(subject="Encore une chose").previous_id == contact.pk


def test_a_script_is_shown_and_never_run(visit: Open, company: world.Company) -> None:
    page = visit()
    script = "<img src=x onerror=\"document.title='pris'\"><script>document.title='pris'</script>"
    contact = begin(page, script)
    answer(company, contact, script)
    expect(log(page).locator(".said:not(.auto) .text")).to_have_text([script, script])
    assert log(page).locator("img").count() == 0
    assert page.title() == "Boutique"


def test_what_is_written_offline_leaves_once_when_the_network_is_back(visit: Open, company: world.Company) -> None:
    page = visit()
    begin(page)
    page.context.set_offline(True)
    write(page, "Dans le tunnel")
    expect(page.locator(".pending")).to_contain_text("Dans le tunnel")
    expect(page.get_by_role("status")).to_contain_text("Connexion perdue")
    page.context.set_offline(False)
    expect(page.locator(".pending")).to_have_count(0)
    expect(log(page).get_by_text("Dans le tunnel")).to_have_count(1)
    assert Message.objects.filter(text="Dans le tunnel").count() == 1


def test_an_answer_lost_on_its_way_back_does_not_say_it_twice(visit: Open, company: world.Company) -> None:
    page = visit()
    begin(page)
    lost: list[str] = []

    def lose_the_first(route: Any) -> None:
        if not lost:
            lost.append(route.request.url)
            route.fetch()  # it reached the centre; the page never hears
            route.abort()
        else:
            route.continue_()

    page.route("**/say/", lose_the_first)
    write(page, "Une seule fois")
    expect(page.locator(".pending")).to_have_count(0, timeout=15_000)
    assert lost
    assert Message.objects.filter(text="Une seule fois").count() == 1
    expect(log(page).get_by_text("Une seule fois")).to_have_count(1)


def test_two_widgets_hold_two_conversations(visit: Open, company: world.Company) -> None:
    other = world.company("bleuet")
    page = visit('data-queue="garance-chat"', 'data-queue="bleuet-chat"')
    expect(opener(page)).to_have_count(2)
    places = [opener(page).nth(n).bounding_box() for n in (0, 1)]
    assert places[0]
    assert places[1]
    assert abs(places[0]["y"] - places[1]["y"]) >= 56
    for number, name in enumerate(("Garance", "Bleuet")):
        opener(page).nth(number).click() if number == 0 else opener(page).last.click()
        panel = page.get_by_role("dialog", name=name)
        panel.get_by_label("Votre question").fill(f"Bonjour {name}")
        panel.get_by_role("button", name="Démarrer").click()
        expect(panel.get_by_role("log")).to_contain_text(f"Bonjour {name}")
        expect(panel.locator(".pending")).to_have_count(0)
        panel.get_by_role("button", name="Réduire le chat").click()
    assert {(c.principal_id, c.subject) for c in Contact.objects.all()} == {
        (company.principal.pk, "Bonjour Garance"),
        (other.principal.pk, "Bonjour Bleuet"),
    }


def test_files_go_both_ways(visit: Open, company: world.Company, tmp_path: Any) -> None:
    page = visit()
    contact = begin(page)
    picture = tmp_path / "photo.png"
    picture.write_bytes(
        bytes.fromhex(
            "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
            "1f15c4890000000d49444154789c63606060f80f0001040100b5a5a1d20000000049454e44ae426082"
        )
    )
    wrong = tmp_path / "page.html"
    wrong.write_text("<html>")
    page.locator("input[type=file]").set_input_files(picture)
    expect(log(page).get_by_role("link", name="photo.png")).to_be_visible()
    page.locator("input[type=file]").set_input_files(wrong)
    expect(page.get_by_role("alert")).to_contain_text("n’est pas accepté")
    contact.refresh_from_db()
    assert contact.attachments.count() == 1


def test_by_keyboard_alone(visit: Open, company: world.Company) -> None:
    page = visit()
    expect(opener(page)).to_be_visible()
    page.keyboard.press("Tab")
    expect(opener(page)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Votre question")).to_be_focused()
    page.keyboard.type("Au clavier")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(log(page)).to_contain_text("Au clavier")
    expect(page.get_by_label("Votre message")).to_be_focused()
    page.keyboard.type("Suite")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("et fin")
    page.keyboard.press("Enter")
    expect(log(page)).to_contain_text("et fin")
    expect(page.locator(".pending")).to_have_count(0)
    assert Message.objects.filter(text="Suite\net fin").count() == 1
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(opener(page)).to_be_focused()


def test_on_a_telephone_it_fills_the_screen_and_keeps_the_focus(visit: Open, company: world.Company) -> None:
    page = visit(width=390, height=760)
    begin(page, "x" * 300)
    box = page.get_by_role("dialog").bounding_box()
    assert box is not None
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 390, 760)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.get_by_role("dialog").get_attribute("aria-modal") == "true"
    for _ in range(12):
        page.keyboard.press("Tab")
        inside = page.evaluate("!!document.activeElement?.shadowRoot?.activeElement?.closest('[role=dialog]')")
        assert inside


def test_english(visit: Open, company: world.Company) -> None:
    page = visit('data-queue="garance-chat" data-lang="en"')
    page.get_by_role("button", name="Open the chat").click()
    expect(page.get_by_role("dialog")).to_contain_text("Write your question")
    page.get_by_label("Your question").fill("Hello")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("status")).to_contain_text("You are 1st in line")
    assert ChatSession.objects.get().language == "en"


def test_a_closed_queue_offers_a_call(visit: Open, company: world.Company) -> None:
    company.queues["chat"].hours = {"mon": [["03:00", "03:01"]]}
    company.queues["chat"].save()
    page = visit('data-queue="garance-chat" data-call-back-queue="garance-voice"')
    opener(page).click()
    expect(page.get_by_role("dialog")).to_contain_text("Le chat est fermé")
    page.get_by_role("button", name="Être rappelé(e)").click()
    page.get_by_label("Votre numéro de téléphone").fill("bonjour")
    expect(page.get_by_label("Quand vous appeler").locator("option").first).to_have_text("Dès que possible")
    page.get_by_role("button", name="Demander l’appel").click()
    expect(page.get_by_role("alert").filter(has_text="n’est pas un numéro")).to_be_visible()
    assert not CallBack.objects.exists()
    page.get_by_label("Votre numéro de téléphone").fill("06 12 34 56 78")
    page.get_by_role("button", name="Demander l’appel").click()
    expect(page.get_by_text(re.compile("C’est noté"))).to_be_visible()
    assert CallBack.objects.get().phone == "+33612345678"
    assert "/callback/promise/" in (page.get_by_role("link", name="Voir, déplacer").get_attribute("href") or "")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_for_axe_to_find(visit: Open, company: world.Company, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

    page = visit(color_scheme=scheme)
    opener(page).click()
    expect(page.get_by_label("Votre question")).to_be_visible()
    found = list(Axe().run(page, context="[data-ligne-chat]").response["violations"])
    page.get_by_role("button", name="Réduire le chat").click()
    contact = begin(page)
    answer(company, contact, "Bonjour Anne")
    expect(log(page)).to_contain_text("Bonjour Anne")
    found += Axe().run(page, context="[data-ligne-chat]").response["violations"]
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found] == []


def test_it_stays_small() -> None:
    from django.contrib.staticfiles import finders

    def size(name: str) -> int:
        return Path(finders.find(f"built/{name}.js") or "not built").stat().st_size

    assert size("widget") < 4_000
    assert size("widget-panel") < 30_000
