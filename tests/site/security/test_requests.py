# ruff: noqa: S104 - names are compared here, nothing is bound
"""What every answer carries, and whose requests are believed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from ligne.site import hosts
from tests.site import authorization
from tests.site.conftest import program
from tests.world import Company

pytestmark = pytest.mark.django_db

# Views that any site's scripts may call. None reads a cookie: the caller is known by a token in the request.
WITHOUT_CSRF = ("chat/api/", "callback/api/", "call/api/", "api/v1/")


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for part in resolver.url_patterns:
        path = prefix + str(part.pattern)
        if isinstance(part, URLResolver):
            yield from patterns(part, path)
        else:
            yield path, part


def test_only_views_that_read_no_cookie_do_without_a_csrf_token() -> None:
    exempt = {path for path, part in patterns(get_resolver()) if getattr(part.callback, "csrf_exempt", False)}
    assert exempt
    assert [path for path in exempt if not path.startswith(WITHOUT_CSRF)] == []


def test_no_form_is_believed_without_its_token(bleuet: Company) -> None:
    """Every address that takes a POST refuses one that comes with cookies alone, whatever the role."""
    for user in (bleuet.advisor, bleuet.supervisor, bleuet.administrator):
        client = Client(enforce_csrf_checks=True)
        client.force_login(user)
        for method, pattern in authorization.rows():
            if method != "POST" or pattern.startswith(WITHOUT_CSRF):
                continue
            path = "/" + re.sub(r"<(\w+:)?\w+>", "1", pattern)
            path = path.replace("(?P1[-:\\w]+)", "1")
            answer = client.post(path, {"a": "b"}, headers={"Origin": "https://evil.test"})
            assert answer.status_code in {403, 404, 405}, (pattern, answer.status_code)


def test_a_cookie_opens_no_door_of_programs_or_of_customers(bleuet: Company) -> None:
    client = Client()
    client.force_login(bleuet.administrator)
    assert client.get("/api/v1/customers").status_code == 401
    answer = client.get("/chat/api/00000000-0000-0000-0000-000000000000/")
    assert answer.status_code == 404
    assert "Access-Control-Allow-Credentials" not in answer


def test_pages_of_people_are_kept_nowhere_and_framed_by_nobody(bleuet: Company) -> None:
    client = Client()
    client.force_login(bleuet.advisor)
    contact = bleuet.in_hand()
    for path in ("/", f"/contacts/{contact.pk}/", "/staff/me/", "/accounts/sessions/", "/accounts/password/change/"):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert "no-store" in answer["Cache-Control"], path
        assert answer["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer["Referrer-Policy"] == "same-origin"
        assert "camera=()" in answer["Permissions-Policy"]
    for path in ("/accounts/login/", "/api/v1/customers"):
        assert "no-store" in Client().get(path)["Cache-Control"], path


def test_programs_answers_are_kept_nowhere(bleuet: Company) -> None:
    bleuet.customer()
    assert "no-store" in program(bleuet.advisor).get("/customers")["Cache-Control"]


def test_no_page_lets_a_script_in(bleuet: Company) -> None:
    """The policy names no `unsafe-…`, no other site, and a nonce that is another one each time."""
    client = Client()
    client.force_login(bleuet.advisor)
    policies = [client.get("/")["Content-Security-Policy"] for _ in range(2)]
    assert "unsafe" not in policies[0]
    assert "http" not in policies[0]
    assert policies[0] != policies[1]


@pytest.mark.parametrize(
    ("environment", "good", "bad"),
    [
        ({}, ["127.0.0.1", "localhost"], ["evil.test", "*"]),
        ({"LIGNE_URL": "https://centre.exemple.test"}, ["centre.exemple.test", "127.0.0.1"], ["*"]),
        ({"LIGNE_BIND": "0.0.0.0"}, ["*"], []),
        (
            {"LIGNE_BIND": "0.0.0.0", "LIGNE_URL": "https://centre.exemple.test"},
            ["centre.exemple.test"],
            ["*", "0.0.0.0"],
        ),
        ({"LIGNE_BIND": "192.0.2.7"}, ["192.0.2.7"], ["*"]),
        ({"LIGNE_HOSTS": "a.test,b.test"}, ["a.test", "b.test"], ["localhost", "*"]),
        (
            {"LIGNE_URL": "https://a.test", "LIGNE_FILES_URL": "https://fichiers.test"},
            ["a.test", "fichiers.test"],
            ["*"],
        ),
    ],
)
def test_the_centre_knows_its_names(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], good: list[str], bad: list[str]
) -> None:
    for name in ("LIGNE_HOSTS", "LIGNE_URL", "LIGNE_BIND", "LIGNE_FILES_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = hosts.allowed()
    assert set(good) <= set(found)
    assert not set(bad) & set(found)


def test_a_request_in_another_name_is_refused_but_for_the_health_check(settings: Any, client: Client) -> None:
    settings.ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
    assert client.get("/accounts/login/", headers={"Host": "evil.test"}).status_code == 400
    assert client.get("/accounts/login/", headers={"Host": "127.0.0.1"}).status_code == 200
    assert client.get("/healthz", headers={"Host": "10.3.2.1:8000"}).status_code in {200, 503}


def test_the_host_of_files_serves_nothing_else(settings: Any, client: Client) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "fichiers.test"]
    settings.FILES_URL = "https://fichiers.test"
    assert client.get("/accounts/login/").status_code == 200
    for path in ("/accounts/login/", "/", "/api/v1/docs", "/chat/api/queues/bleuet-chat/"):
        assert client.get(path, headers={"Host": "fichiers.test"}).status_code == 404, path


@pytest.mark.parametrize("role", ["advisor", "supervisor", "administrator", ""])
def test_what_the_database_cannot_keep_breaks_no_page(bleuet: Company, role: str) -> None:
    """A NUL and half a character in every parameter that a page reads."""
    client = Client(raise_request_exception=False)
    if role:
        client.force_login(getattr(bleuet, role))
    names = "q role address queue subject before after channel principal figure name phone email mail day by kind next"
    broken = []
    for value in ("\0", "a\0b", "\ud800"):
        query = "&".join(f"{name}={quote(value, errors='surrogatepass')}" for name in names.split())
        for method, pattern in authorization.rows():
            if method == "GET" and "<" not in pattern and pattern != "healthz":
                answer = client.get(f"/{pattern}?{query}")
                broken += [(pattern, value)] if answer.status_code >= 500 else []
    assert broken == []
