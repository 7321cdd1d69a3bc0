"""What the exchange is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ligne.channels.voice.pbx import configuration
from ligne.channels.voice.pbx.programs import Programs


@pytest.fixture
def settings(tmp_path: Path) -> configuration.Settings:
    return configuration.Settings(tmp_path, "pbx", "ws://127.0.0.1:8088", "secret", 8089, "127.0.0.1:5060")


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    return Programs(("asterisk",), tmp_path, tmp_path)


def written(programs: Programs, settings: configuration.Settings, name: str) -> list[str]:
    main = configuration.write(programs, settings)
    return (main.parent / name).read_text().splitlines()


def test_relays_are_named_as_asterisk_wants_them(programs: Programs, settings: configuration.Settings) -> None:
    given = replace(settings, stun="stun:a.test:3478", turn=("turn:b.test:3478?transport=udp", "u", "s"))
    lines = written(programs, given, "rtp.conf")
    assert {"stunaddr=a.test:3478", "turnaddr=b.test:3478", "turnusername=u", "turnpassword=s"} <= set(lines)
    assert not any("stun" in line or "turn" in line for line in written(programs, settings, "rtp.conf"))


def test_the_exchange_listens_to_the_centre_where_it_is_told(
    programs: Programs, settings: configuration.Settings
) -> None:
    assert "bindaddr=127.0.0.1" in written(programs, settings, "http.conf")
    assert "bindaddr=10.0.0.4" in written(programs, replace(settings, http_host="10.0.0.4"), "http.conf")


def test_nobody_else_reads_its_secrets(programs: Programs, settings: configuration.Settings) -> None:
    main = configuration.write(programs, settings)
    for name in ("ari.conf", "websocket_client.conf"):
        assert (main.parent / name).stat().st_mode & 0o077 == 0
