from __future__ import annotations

import hashlib
import json
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ligne.channels.email.rules.parse import parse
from tests.channels.email.corpus import Facts, corpus

CORPUS = corpus()
KEYS = [
    *("message_id", "in_reply_to", "references", "date", "from", "to", "cc", "reply_to", "subject", "text", "html"),
    *("attachments", "auto_reply", "bounce", "new_text", "defects"),
]


def understood(data: bytes) -> dict[str, Any]:
    """The mail as programs get it, after a passage through JSON, in good shape whatever it says."""
    mail = parse(data).as_json()
    assert list(mail) == KEYS
    assert not any(d.startswith("unreadable") for d in mail["defects"]), mail["defects"]
    written = json.dumps(mail, ensure_ascii=False)
    written.encode("utf-8")
    assert "\\u0000" not in written
    return dict(json.loads(written))


@pytest.mark.parametrize("name", CORPUS)
def test_corpus(name: str) -> None:
    data, facts = CORPUS[name]
    mail = understood(data)
    check(mail, facts)


def check(mail: dict[str, Any], facts: Facts) -> None:
    facts = dict(facts)
    for key, text in facts.pop("has", {}).items():
        assert text in mail[key], mail[key]
    for key, text in facts.pop("lacks", {}).items():
        assert text not in mail[key]
    if "names" in facts:
        assert [a["filename"] for a in mail["attachments"]] == facts.pop("names")
    if "sender" in facts:
        sender = facts.pop("sender")
        assert mail["from"][:1] == ([{"name": sender[0], "address": sender[1]}] if sender else [])
    if "defect" in facts:
        wanted = facts.pop("defect")
        assert any(d.startswith(wanted) for d in mail["defects"]), mail["defects"]
    for fact, key in {"final": "final", "status": "status", "recipient": "recipient"}.items():
        if fact in facts:
            assert mail["bounce"] is not None
            assert mail["bounce"][key] == facts.pop(fact), mail["bounce"]
    if "original" in facts:
        assert mail["bounce"]["original_message_id"] == facts.pop("original")
    for key, value in facts.items():
        assert mail[key] == value, key


def test_the_corpus_is_large_enough() -> None:
    assert len(CORPUS) >= 60


def test_facts_of_an_attachment() -> None:
    data, _ = CORPUS["with_attachment"]
    assert understood(data)["attachments"] == [
        {
            "filename": "facture.pdf",
            "content_type": "application/pdf",
            "size": 16,
            "sha256": hashlib.sha256(b"%PDF-1.4 facture").hexdigest(),
            "inline": False,
        }
    ]
    assert parse(data).attachments[0].content == b"%PDF-1.4 facture"


def test_images_of_the_html_are_inline() -> None:
    data, _ = CORPUS["related_inside_alternative_inside_mixed"]
    mail = parse(data)
    assert [(a.filename, a.inline, a.content_id) for a in mail.attachments] == [
        ("logo.png", True, "logo@x"),
        ("facture.pdf", False, ""),
    ]


def test_the_past_is_kept_beside_the_new_text() -> None:
    mail = parse(CORPUS["reply_french"][0])
    assert "Votre dossier avance." in mail.quoted
    assert mail.new_text == "Merci, c'est réglé."


def test_the_envelope_knows_an_automatic_mail() -> None:
    assert parse(CORPUS["plain"][0], return_path="").auto_reply
    assert not parse(CORPUS["plain"][0], return_path="anne@exemple.test").auto_reply


def test_dates_are_aware() -> None:
    date = parse(CORPUS["plain"][0]).date
    assert date is not None
    assert date.astimezone(UTC).hour == 8


@given(st.binary(max_size=3000))
@settings(max_examples=300, deadline=None)
def test_any_bytes_give_an_answer(data: bytes) -> None:
    understood(data)


FRAGMENTS = [
    b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Type: text/html; charset=utf-8\r\n", b"--b\r\n",
    b"--b--\r\n", b"\r\n", b"From: ", b"=?utf-8?B?", b"?=", b"<a@b.test>", b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Disposition: attachment; filename*0*=", b"<div>", b"</p>", b"> ", b"\xe9\xff",
    b"begin 644 x\r\n", b"end\r\n",
    b"Content-Type: message/rfc822\r\n", b"Content-Type: message/delivery-status\r\n", b"Le 2 a \xc3\xa9crit :\r\n",
    b"Content-Type: application/ms-tnef\r\n", b"\x78\x9f\x3e\x22\x01\x00\x01\x03\x90",
    b"(", b'"', b"\\", b";", b",", b":",
]  # fmt: skip


@given(st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.binary(max_size=12)), max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_sequence_of_what_mails_are_made_of(fragments: list[bytes]) -> None:
    understood(b"".join(fragments))
