"""Take the pictures of the README from a running demo, light and dark: `make pictures`.

A centre is started in an empty folder, colleagues and customers are simulated, and one advisor works in a real browser.
"""

from __future__ import annotations

import smtplib
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.centre import LIGNE, Running, folder, started
from playwright.sync_api import Browser, Page, sync_playwright

from tools import system

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


def sign_in(browser: Browser, centre: Running, email: str) -> Page:
    """A page of this person."""
    page = browser.new_context(viewport={"width": 1366, "height": 768}, locale="fr-FR").new_page()
    page.goto(f"{centre.url}/accounts/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", (centre.home / "demo_password").read_text().strip())
    page.click("main button[type=submit], form button[type=submit]")
    page.wait_for_url(lambda url: "/accounts/login" not in url)
    return page


def take(page: Page, name: str) -> None:
    """Both pictures of what is shown, light and dark."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.wait_for_timeout(500)
        page.screenshot(path=PICTURES / f"{name}-{scheme}.png")


def write(centre: Running, subject: str, text: str) -> None:
    """Anne Lefèvre writes to Atelier Garance."""
    message = EmailMessage()
    message["From"], message["To"] = "Anne Lefèvre <anne.lefevre@exemple.test>", "sav@garance.test"
    message["Subject"] = subject
    message.set_content(text)
    with smtplib.SMTP("127.0.0.1", centre.smtp_port, timeout=20) as server:
        server.send_message(message)


def picture_desk(browser: Browser, centre: Running) -> None:
    """An exchange in hand, the answer half written."""
    page = sign_in(browser, centre, "conseiller@demo.test")
    page.locator("[data-staff-bar] summary").click()
    page.locator("[data-staff-bar] button[hx-vals*='available']").first.click()
    write(
        centre,
        "Lave-linge : fuite à l’essorage",
        "Bonjour,\n\nmon lave-linge Garance L8 perd de l’eau depuis ce matin, seulement pendant l’essorage. J’ai un "
        "nourrisson : pourriez-vous passer avant 18 h ?\n\nMerci d’avance,\nAnne Lefèvre",
    )
    page.locator("[data-lc-offer] [data-lc-act=accept]").first.click(timeout=30_000)
    page.locator("#reply-text").press_sequentially(
        "Bonjour Madame Lefèvre,\n\ncoupez l’arrivée d’eau. Un technicien peut passer mardi entre 14 h et 16 h.",
        delay=2,
    )
    page.wait_for_timeout(2500)
    take(page, "desk")


def picture_floor(browser: Browser, centre: Running) -> None:
    """The supervisor's floor while it moves."""
    page = sign_in(browser, centre, "superviseur@demo.test")
    page.goto(f"{centre.url}/floor")
    page.wait_for_timeout(25_000)
    take(page, "floor")


def main() -> None:
    """Let the centre live for a while, then look at it."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with folder() as home, started(home) as centre, sync_playwright() as play:
        moving = "simulate traffic --rate 40 --minutes 1.2 --advisors 7 --seed 4 --json"
        traffic = subprocess.Popen([str(LIGNE), *moving.split()], env=centre.environment, stdout=subprocess.DEVNULL)
        browser = play.chromium.launch(executable_path=system.browser(), args=FLAGS)
        picture_floor(browser, centre)
        traffic.wait(300)
        picture_desk(browser, centre)
        browser.close()


if __name__ == "__main__":
    main()
