"""Take the pictures of the README from a running demo: desk and floor, light and dark. `make pictures`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.centre import Running, folder, started
from playwright.sync_api import Browser, Page, sync_playwright

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
SIZE = {"width": 1366, "height": 768}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
WROTE = """from email.message import EmailMessage
"""


def sign_in(browser: Browser, centre: Running, email: str, scheme: str) -> Page:
    """A page of this person, in this colour scheme."""
    context = browser.new_context(viewport=SIZE, color_scheme=scheme, locale="fr-FR")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{centre.url}/accounts/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", (centre.home / "demo_password").read_text().strip())
    page.click("button[type=submit]")
    page.wait_for_load_state("networkidle")
    return page


def main() -> None:
    """Let the centre live for a while, then look at it."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with folder() as home, started(home) as centre, sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        desk = sign_in(browser, centre, "conseiller@demo.test", "light")
        del desk
        browser.close()


if __name__ == "__main__":
    main()
