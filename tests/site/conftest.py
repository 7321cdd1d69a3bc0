"""Two companies, people and programs of each, and a way to call the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from ligne.kit import throttle
from ligne.kit.viewer import Viewer
from ligne.staff.models import User
from ligne.staff.services import tokens
from tests.world import Company, company


class Program:
    """A program with a token."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.client = Client()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One request to /api/v1; the response, parsed as `.json()`."""
        kwargs: dict[str, Any] = {"headers": {"Authorization": f"Bearer {self.secret}"}}
        if body is not None:
            kwargs |= {"data": body, "content_type": "application/json"}
        return getattr(self.client, method)(f"/api/v1{path}", **kwargs)

    def get(self, path: str) -> Any:
        return self.ask("get", path)

    def post(self, path: str, body: Any) -> Any:
        return self.ask("post", path, body)


@pytest.fixture(autouse=True)
def _no_throttle() -> Iterator[None]:
    throttle.forget()
    yield
    throttle.forget()


@pytest.fixture
def bleuet(db: None) -> Company:
    """One company."""
    return company("bleuet")


@pytest.fixture
def garance(db: None) -> Company:
    """Another, which must see nothing of the first."""
    return company("garance")


def scope(query: str, secret: str, **more: Any) -> dict[str, Any]:
    """A program's request for customers, as the server hands it on."""
    return {
        "type": "http",
        "method": "GET",
        "path": "/api/v1/customers",
        "query_string": query.encode(),
        "headers": [(b"host", b"testserver"), (b"authorization", f"Bearer {secret}".encode())],
        "client": ("127.0.0.1", 1234),
        "server": ("testserver", 80),
        "scheme": "http",
        "http_version": "1.1",
    } | more


def program(user: User, *scopes: str) -> Program:
    """A program that acts as `user`."""
    secret, _ = tokens.create(Viewer.system(), user_id=user.pk, scopes=scopes or ("*",))
    return Program(secret)
