"""Addresses of the database as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ligne.site import env

HERE = Path("/nonexistent")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://a:b%40c@h1:1,h2:2/x", ("h1,h2", "1,2", "a", "b@c")),
        ("postgresql://a@h1,h2:6/x", ("h1,h2", "5432,6", "a", "")),
        ("postgresql://a@h1,h2/x", ("h1,h2", "", "a", "")),
        ("postgresql://u:p@[::1]:5433/x", ("::1", "5433", "u", "p")),
        ("postgresql:///x?host=/run/postgresql", ("/run/postgresql", "", "", "")),
    ],
)
def test_an_address_may_name_several_hosts(
    monkeypatch: pytest.MonkeyPatch, url: str, expected: tuple[str, ...]
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    found = env.database(HERE)
    assert (found["HOST"], found["PORT"], found["USER"], found["PASSWORD"]) == expected
    assert found["NAME"] == "x"
    assert found["OPTIONS"].get("target_session_attrs") == ("read-write" if "," in found["HOST"] else None)


def test_a_silent_peer_is_noticed_unless_the_address_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://h/x?tcp_user_timeout=60000")
    options = env.database(HERE)["OPTIONS"]
    assert (options["tcp_user_timeout"], options["connect_timeout"]) == ("60000", "5")


def test_sessions_go_to_who_accepts_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://pooler:6432/x")
    monkeypatch.delenv("DATABASE_URL_DIRECT", raising=False)
    assert env.direct() is None
    monkeypatch.setenv("DATABASE_URL_DIRECT", "postgresql://leader/x")
    direct = env.direct()
    assert direct is not None
    assert direct["OPTIONS"]["target_session_attrs"] == "read-write"


def test_a_replica_is_asked_only_when_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://h/x")
    monkeypatch.delenv("DATABASE_URL_REPLICA", raising=False)
    assert set(env.databases(HERE)) == {"default"}
    monkeypatch.setenv("DATABASE_URL_REPLICA", "postgresql://r/x")
    assert env.databases(HERE)["replica"]["HOST"] == "r"


@pytest.mark.parametrize("url", ["mysql://h/x", "postgresql://h:high/x"])
def test_a_wrong_address_names_its_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(SystemExit):
        env.database(HERE)
    assert capsys.readouterr().err.startswith("DATABASE_URL: ")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", {"pbx": "http://127.0.0.1:8089"}),
        ("http://10.0.0.4:8089/", {"pbx": "http://10.0.0.4:8089"}),
        ("a=http://10.0.0.4:8089 b=https://b.test", {"a": "http://10.0.0.4:8089", "b": "https://b.test"}),
    ],
)
def test_exchanges_are_named_with_where_they_are(
    monkeypatch: pytest.MonkeyPatch, given: str, expected: dict[str, str]
) -> None:
    monkeypatch.setenv("LIGNE_ARI_HTTP", given)
    assert env.exchanges("pbx", 8089) == expected


def test_an_exchange_without_an_address_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LIGNE_ARI_HTTP", "pbx=10.0.0.4")
    with pytest.raises(SystemExit):
        env.exchanges("pbx", 8089)
    assert "LIGNE_ARI_HTTP" in capsys.readouterr().err
