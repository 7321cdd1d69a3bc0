"""The door to the customers' side of the demo."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client


def test_the_demo_s_door_is_open_to_anybody_and_leads_where_it_says(db: None, settings: Any) -> None:
    settings.DEMO = True
    answer = Client().get("/demo/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Jouez les client(e)s" in page
    assert "conseiller@demo.test" in page
    links = set(re.findall(r'href="(/(?:demo|callback)/[^"]+)"', page))
    assert links == {
        "/demo/shop/garance/",
        "/demo/shop/bleuet/",
        "/demo/mailbox/",
        "/demo/mailbox/write/",
        "/callback/garance-sav/",
        "/callback/bleuet-conseil/",
    }
    for link in sorted(link for link in links if link.startswith("/demo/")):
        assert Client().get(link).status_code == 200
    assert 'href="/demo/"' in Client().get("/accounts/login/").content.decode()


def test_outside_the_demo_there_is_no_such_door(db: None, settings: Any) -> None:
    settings.DEMO = False
    assert Client().get("/demo/").status_code == 404
    assert "/demo/" not in Client().get("/accounts/login/").content.decode()
    assert Client().post("/demo/").status_code == 405
