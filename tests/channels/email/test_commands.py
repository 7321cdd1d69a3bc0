from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from ligne.channels.email.commands import mail
from tests.channels.email.corpus import corpus
from tests.channels.email.test_parse import KEYS


@pytest.mark.parametrize("name", ["plain", "empty", "null_characters", "calendar", "tnef_truncated"])
def test_any_file_is_answered_with_exit_0(name: str, tmp_path: Path) -> None:
    path = tmp_path / "mail.eml"
    path.write_bytes(corpus()[name][0])
    result = CliRunner().invoke(mail, ["parse", "--json", str(path)])
    assert result.exit_code == 0
    assert list(json.loads(result.stdout)) == KEYS


def test_standard_input_and_words_for_people() -> None:
    result = CliRunner().invoke(mail, ["parse", "-"], input=corpus()["plain"][0])
    assert result.exit_code == 0
    assert "Anne <anne@exemple.test>" in result.stdout
    assert "Bonjour" in result.stdout


def test_a_missing_file_is_wrong_use(tmp_path: Path) -> None:
    result = CliRunner().invoke(mail, ["parse", "--json", str(tmp_path / "absent")])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(result.stderr.strip().split("\n")) == 1
