"""Customers who chat: the widget's own interface, without its pixels. What is not acknowledged is said again."""

from __future__ import annotations

import secrets
import threading
import uuid
from typing import Any

import httpx

from ligne.site.simulation.ledger import Ledger
from ligne.site.simulation.people import Wish

PATIENCE_S = 180.0
THANKS = ("Merci beaucoup, c’est plus clair.", "Parfait, bonne journée !", "D’accord, merci de votre aide.")


class Chatter:
    """One conversation, from opening to leaving."""

    def __init__(self, wish: Wish, url: str, ledger: Ledger, stop: threading.Event) -> None:
        self.wish, self.ledger, self.stop = wish, ledger, stop
        self.token = secrets.token_urlsafe(32)
        self.http = httpx.Client(base_url=url, timeout=10, headers={"Accept-Language": "fr"})
        self.public_id = ""

    def run(self) -> bool:
        """Ask, wait for an answer, thank, leave. True when an advisor answered."""
        with self.http:
            if not self._start():
                return False
            answered = self._wait_for_an_answer()
            if answered:
                self._say(THANKS[int(self.token.encode()[0]) % len(THANKS)])
                self.stop.wait(2)
            self._until_acknowledged("POST", f"/chat/api/{self.public_id}/leave/", {})
            return answered

    def _start(self) -> bool:
        client_id = uuid.uuid4().hex
        answer = self._until_acknowledged(
            "POST",
            "/chat/api/start/",
            {
                "queue": self.wish.chat_queue,
                "token": self.token,
                "text": self.wish.text,
                "client_id": client_id,
                "name": self.wish.name,
                "email": self.wish.email,
                "page_url": f"https://{self.wish.principal}.test/",
                "language": "fr",
            },
        )
        if answer is None:
            return False
        self.public_id = answer["public_id"]
        self.ledger.write("chat", public_id=self.public_id, client_id=client_id)
        self.ledger.write("said", public_id=self.public_id, client_id=client_id)
        return True

    def _say(self, text: str) -> None:
        client_id = uuid.uuid4().hex
        path = f"/chat/api/{self.public_id}/say/"
        if self._until_acknowledged("POST", path, {"client_id": client_id, "text": text}) is not None:
            self.ledger.write("said", public_id=self.public_id, client_id=client_id)

    def _wait_for_an_answer(self) -> bool:
        waited = 0.0
        while waited < PATIENCE_S and not self.stop.is_set():
            news = self._until_acknowledged("GET", f"/chat/api/{self.public_id}/", None)
            if news is None:
                return False
            heard = [m["id"] for m in news.get("messages", []) if m.get("from") == "advisor"]
            if heard:
                self.ledger.write("heard", public_id=self.public_id, messages=heard)
                return True
            if news.get("state") in {"ended", "closed"}:
                return False
            self.stop.wait(1.5)
            waited += 1.5
        return False

    def _until_acknowledged(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any] | None:
        """The answer, asking again while the centre cannot answer; None when it refuses or patience ends."""
        waited = 0.0
        headers = {"Authorization": f"Bearer {self.token}"}
        while waited < 60 and not self.stop.is_set():
            try:
                answer = self.http.request(method, path, json=body, headers=headers)
            except httpx.HTTPError:
                answer = None
            if answer is not None and answer.is_success:
                return dict(answer.json()) if answer.content else {}
            if answer is not None and answer.status_code < 500 and answer.status_code != 429:
                return None
            self.stop.wait(0.5)
            waited += 0.5
        return None
