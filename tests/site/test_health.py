"""Health and figures, over HTTP."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client

from ligne.site import migrations

pytestmark = pytest.mark.django_db


def test_health_says_what_is_wrong(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("COMMENT ON TABLE django_migrations IS NULL")
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "wrong",
        "parts": {"database": "ok", "migrations": "wrong", "disk": "ok"},
    }
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON TABLE django_migrations IS '{migrations.fingerprint()}'")
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert answer["Cache-Control"] == "no-store"


def test_figures_are_for_this_machine(client: Client) -> None:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert b"ligne_request_seconds" in answer.content
    assert b"ligne_live_connections" in answer.content
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.1").status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 403


def test_figures_for_who_holds_the_token(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGNE_METRICS_TOKEN", "a-long-word")
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer another"}).status_code == 403
    right = client.get("/metrics", REMOTE_ADDR="192.0.2.1", headers={"Authorization": "Bearer a-long-word"})
    assert right.status_code == 200


def test_migrating_what_is_up_to_date_does_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON TABLE django_migrations IS '{migrations.fingerprint()}'")
    assert migrations.up_to_date()
    assert migrations.migrate() is False
