"""`ligne rules check` from a terminal: what it says, and in which language."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

OPPOSED = {
    "act": "contact",
    "at": "2026-11-24T10:30:00+01:00",
    "channel": "email",
    "purpose": "prospecting",
    "customer": {"kind": "consumer", "opposed": ["email"]},
}
FRENCH, ENGLISH = "Cette personne s’est opposée", "This person objected"


def checked(situation: Any, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
    return subprocess.run(
        [sys.executable, "-m", "ligne.site.cli", "rules", "check", "--json", *options],
        input=json.dumps(situation),
        env=clean | environment | {"PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("options", "environment", "begins"),
    [
        ((), {}, FRENCH),
        ((), {"LANG": "C.UTF-8"}, FRENCH),
        ((), {"LANG": "de_DE.UTF-8"}, FRENCH),
        ((), {"LANG": "en_GB.UTF-8"}, ENGLISH),
        ((), {"LANG": "en_GB.UTF-8", "LC_ALL": "fr_FR.UTF-8"}, FRENCH),
        (("--language", "en"), {"LANG": "fr_FR.UTF-8"}, ENGLISH),
        (("--language", "fr"), {"LANG": "en_GB.UTF-8"}, FRENCH),
    ],
)
def test_reasons_follow_the_language(options: tuple[str, ...], environment: dict[str, str], begins: str) -> None:
    done = checked(OPPOSED, *options, **environment)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["verdict"]) == (0, "block")
    assert "26" in [rule["id"] for rule in answer["rules"]]
    assert any(rule["reason"].startswith(begins) for rule in answer["rules"])


def test_ids_and_verdicts_are_the_same_in_every_language() -> None:
    situations = [OPPOSED, OPPOSED | {"customer": {}}, {"act": "retention", "what": "recording", "since": "2020-01-01"}]
    told = [json.loads(checked(situations, "--language", language).stdout) for language in ("fr", "en")]
    without_words = [
        [(one["verdict"], [(r["id"], r["verdict"], r["source"]) for r in one["rules"]]) for one in answers]
        for answers in told
    ]
    assert without_words[0] == without_words[1]
    assert told[0] != told[1]


def test_what_does_not_fit_is_one_line_and_exit_2() -> None:
    done = checked({"act": "dance"})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "act: must be one of contact, retention\n"
