"""The audit of what is locked tells apart: vulnerable, none known, nobody could be asked."""

from __future__ import annotations

import json

import pytest
from tools import audit


def test_a_known_vulnerability_fails_and_says_what_mends_it(capsys: pytest.CaptureFixture[str]) -> None:
    said = {
        "dependencies": [
            {"name": "good", "version": "1.0", "vulns": []},
            {
                "name": "bad",
                "version": "2.0",
                "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"], "aliases": ["CVE-1"]}],
            },
            {"name": "unheard", "skip_reason": "not found"},
        ]
    }
    answer = audit.python(json.dumps(said))
    assert (answer.asked, answer.found) == (2, ["bad 2.0: PYSEC-1, mended by 2.1"])
    assert audit.report([answer]) == 1
    assert "PYSEC-1" in capsys.readouterr().out


def test_what_is_accepted_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(audit.ACCEPTED, "CVE-1", "that part is not used")
    package = {"name": "bad", "version": "2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": [], "aliases": ["CVE-1"]}]}
    assert audit.python(json.dumps({"dependencies": [package]})).found == []


@pytest.mark.parametrize("said", ["", "not json", "{}", '{"dependencies": [{"name": "x", "skip_reason": "offline"}]}'])
def test_an_index_that_tells_nothing_is_said_and_does_not_fail(said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.report([audit.python(said)]) == 0
    assert "NOT CHECKED" in capsys.readouterr().out


def test_npm_is_understood(capsys: pytest.CaptureFixture[str]) -> None:
    advisory = {"url": "https://github.com/advisories/GHSA-x", "severity": "high", "range": "<2"}
    said = {
        "vulnerabilities": {"bad": {"via": [advisory]}, "above": {"via": ["bad"]}},
        "metadata": {"dependencies": {"total": 40}},
    }
    answer = audit.browser(json.dumps(said))
    assert (answer.asked, answer.found) == (40, ["bad <2: GHSA-x, high"])
    assert audit.report([audit.browser('{"message": "405", "error": {}}')]) == 0
    assert "NOT CHECKED" in capsys.readouterr().out
