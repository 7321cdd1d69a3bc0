"""The public endpoints: from any site, without cookies, refusing in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ligne.channels.chat.models import ChatSession
from ligne.contacts.models import Contact, Message
from tests import world
from tests.channels.chat.conftest import Visitor, draw

Arrives = Callable[[], Visitor]


class Page:
    """A page of some site, as the widget speaks for it."""

    def __init__(self, language: str = "fr") -> None:
        self.client = Client(headers={"Accept-Language": language}, enforce_csrf_checks=True, REMOTE_ADDR="203.0.113.7")
        self.token = draw() + draw()
        self.public_id = ""

    def post(self, path: str, bearer: str | None = None, **body: Any) -> Any:
        return self.client.post(
            path,
            json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.token if bearer is None else bearer}"},
        )

    def start(self, **body: Any) -> Any:
        facts = {"queue": "garance-chat", "token": self.token, "text": "Bonjour", "client_id": draw()} | body
        answer = self.post("/chat/api/start/", **facts)
        if answer.status_code == 201:
            self.public_id = answer.json()["public_id"]
        return answer

    def url(self, name: str) -> str:
        return reverse(f"channel_chat:{name}", args=[self.public_id])

    def news(self, token: str | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        return self.client.get(self.url("news"), headers=headers)


@pytest.fixture
def page(garance: world.Company) -> Page:
    return Page()


def test_the_launcher_learns_whose_chat_it_is(page: Page) -> None:
    answer = page.client.get("/chat/api/queues/garance-chat/", headers={"Origin": "https://autre.example"})
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer
    assert (answer.json()["principal"], answer.json()["open"]) == ("Garance", True)
    assert page.client.get("/chat/api/queues/inconnue/").status_code == 404


def test_a_preflight_is_answered(page: Page) -> None:
    answer = page.client.options("/chat/api/start/")
    assert answer.status_code == 204
    assert answer["Access-Control-Allow-Headers"] == "Authorization, Content-Type"
    assert answer["Access-Control-Allow-Methods"] == "POST"


def test_a_whole_conversation(page: Page, garance: world.Company) -> None:
    started = page.start(name="Anne", page_url="https://garance.test/")
    assert started.status_code == 201
    assert started.json()["state"] == "waiting"
    assert started.json()["place"] == 1
    assert page.post(page.url("say"), client_id=draw(), text="Vite !").status_code == 201
    assert page.post(page.url("typing")).status_code == 204
    texts = [m["text"] for m in page.news().json()["messages"]]
    assert texts == ["Bonjour", "Vite !"]
    left = page.post(page.url("leave"))
    assert left.json()["state"] == "ended"
    assert Contact.objects.get().outcome == "abandoned"


def test_another_token_gets_and_does_nothing(page: Page) -> None:
    page.start()
    other = draw() + draw()
    assert page.news(token=other).status_code == 404
    assert page.news(token="").status_code == 404
    for name in ("say", "typing", "leave", "transcript"):
        answer = page.post(page.url(name), bearer=other, client_id=draw(), text="x", email="a@exemple.test")
        assert answer.status_code == 404, name
        assert answer["Access-Control-Allow-Origin"] == "*"
    assert Message.objects.count() == 1
    assert ChatSession.objects.get().ended_at is None


def test_goodbye_carries_its_token_in_the_body(page: Page) -> None:
    page.start()
    beacon = json.dumps({"token": draw() + draw()})
    assert page.client.post(page.url("gone"), beacon, content_type="text/plain;charset=UTF-8").status_code == 404
    assert ChatSession.objects.get().connected
    beacon = json.dumps({"token": page.token})
    assert page.client.post(page.url("gone"), beacon, content_type="text/plain;charset=UTF-8").status_code == 204
    assert not ChatSession.objects.get().connected
    page.news()
    assert ChatSession.objects.get().connected


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff\xfe", b'"x"', b"[" * 100_000, b"null", b'{"text": 3}'])
def test_a_body_that_is_no_object_is_refused(page: Page, body: bytes) -> None:
    answer = page.client.post("/chat/api/start/", body, content_type="application/json")
    assert answer.status_code == 422
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert not Contact.objects.exists()


def test_odd_characters_are_kept_as_they_can_be(page: Page) -> None:
    raw = '{"queue":"garance-chat","token":"%s","client_id":"%s","text":"a\\u0000b \\ud800 é","name":"\\u0000"}'
    answer = page.client.post("/chat/api/start/", raw % (page.token, draw()), content_type="application/json")
    assert answer.status_code == 201
    assert Message.objects.get().text == "ab ? é"


def test_refusals_speak_the_customers_language(page: Page) -> None:
    assert page.start(text="").json() == {
        "error": "invalid",
        "message": "Le message est vide. Rien n’a été envoyé.",
        "field": "text",
    }
    english = Page("en")
    assert english.start(text="").json()["message"] == "The message is empty. Nothing was sent."


def test_too_many_starts_from_one_address_are_refused(page: Page) -> None:
    for _ in range(60):
        assert Page().start().status_code == 201
    refused = Page().start()
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert refused["Access-Control-Allow-Origin"] == "*"
    assert Contact.objects.count() == 60


def upload(page: Page, name: str, content: bytes) -> Any:
    return page.client.post(
        page.url("upload"),
        {"client_id": draw(), "file": SimpleUploadedFile(name, content)},
        headers={"Authorization": f"Bearer {page.token}"},
    )


def test_files_go_up_and_come_down(page: Page) -> None:
    page.start()
    png = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
    assert upload(page, "photo.exe", png).status_code == 201
    assert upload(page, "note.txt", b"Bonjour").status_code == 201
    picture, note = (m["files"][0] for m in page.news().json()["messages"][1:])
    shown = page.client.get(picture["url"])
    assert b"".join(shown) == png
    assert shown["Content-Type"] == "image/png"
    assert "sandbox" in shown["Content-Security-Policy"]
    assert shown["X-Content-Type-Options"] == "nosniff"
    saved = page.client.get(note["url"])
    assert saved["Content-Type"] == "application/octet-stream"
    assert saved["Content-Disposition"].startswith("attachment")
    assert page.client.get(picture["url"].replace("files/", "files/x")).status_code == 404


def test_a_file_that_is_refused_says_why(page: Page) -> None:
    page.start()
    refused = upload(page, "page.png", b"<html><script>")
    assert refused.status_code == 422
    assert "PDF" in refused.json()["message"]
    large = upload(page, "gros.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 11 * 1024 * 1024)
    assert large.status_code == 413
    assert "10 Mo" in large.json()["message"]
    assert Message.objects.count() == 1


def test_news_cost_a_constant_number_of_queries(
    page: Page, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    page.start()
    for number in range(5):
        page.post(page.url("say"), client_id=draw(), text=f"message {number}")
    with django_assert_max_num_queries(14):
        assert page.news().status_code == 200


def test_wrong_methods_are_refused(page: Page) -> None:
    assert page.client.get("/chat/api/start/").status_code == 405
    page.start()
    assert page.post(page.url("news")).status_code == 405
