"""What is secret at rest: sealed or digested everywhere, and sealed anew with another key without losing any."""

from __future__ import annotations

import os
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.fernet import Fernet
from django.apps import apps
from django.db import connection
from django.test import Client

from ligne.channels.chat.models import ChatSession
from ligne.channels.email.models import MailAccount
from ligne.journal.models import Subscription
from ligne.journal.services import webhooks
from ligne.kit import sealed
from ligne.kit.sealed import SecretLost
from ligne.site import backup, keyring, resealing
from ligne.staff.models import ApiToken
from ligne.staff.services import tokens
from tests.world import Company

pytestmark = pytest.mark.django_db

# A column whose name sounds like a secret, and how it is kept. Anything else that sounds so fails the test.
SOUNDS_SECRET = re.compile(
    r"pass(word|phrase)|secret|sealed|token|seed|otp|credential|private|api_?key|hash|digest|pin\b"
)
KEPT = {
    "channel_email.MailAccount.imap_password": "sealed",
    "channel_voice.Softphone.sealed": "sealed",
    "channel_voice.Recording.sealed_key": "sealed",
    "journal.Subscription.secret": "sealed",
    "mfa.Authenticator.data": "sealed",
    "kit.LastingKey.sealed": "sealed",
    "customers.ErasedOpposition.digest": "hashed",
    "staff.User.password": "hashed",
    "staff.ApiToken.digest": "hashed",
    "channel_chat.ChatSession.token_hash": "hashed",
    "channel_visio.WebCall.token_hash": "hashed",
    # Digests of contents, not of secrets.
    "kit.Done.digest": "of a content",
    "channel_email.RawMail.digest": "of a content",
    "journal.Entry.personal_digest": "of a content",
    "journal.Seal.digest": "of a content",
}


def test_every_column_that_sounds_secret_is_sealed_or_digested() -> None:
    found = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if SOUNDS_SECRET.search(field.name) and not field.is_relation and field.get_internal_type() not in _NUMBERS
    }
    found |= {"mfa.Authenticator.data"}
    assert found - KEPT.keys() == set(), "say in KEPT how these are kept"
    assert KEPT.keys() - found == set(), "these no longer exist"
    sealed_columns = {f"{model._meta.label}.{field}" for model, field, _ in resealing.columns()}
    elsewhere = {"mfa.Authenticator.data", "kit.LastingKey.sealed"}
    assert sealed_columns | elsewhere == {name for name, how in KEPT.items() if how == "sealed"}


_NUMBERS = {"BooleanField", "PositiveIntegerField", "BigIntegerField", "IntegerField", "DateTimeField"}


@pytest.fixture(autouse=True)
def _same_keys_afterwards(settings: Any) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = settings.SECRET_KEY, []


@pytest.fixture
def everything(bleuet: Company) -> dict[str, str]:
    """One of each secret, by name."""
    secret, _ = webhooks.subscribe(
        bleuet.viewer("administrator"), principal_id=bleuet.principal.pk, url="https://example.com/h"
    )
    MailAccount.objects.create(
        principal=bleuet.principal,
        address="service@bleuet.test",
        imap_password=sealed.seal(_purpose_of_mailboxes(), "boite-secrete"),
    )
    TOTP.activate(bleuet.advisor, "JBSWY3DPEHPK3PXP")
    key, _ = tokens.create(bleuet.system, user_id=bleuet.advisor.pk, scopes=["*"])
    return {"webhook": secret, "mailbox": "boite-secrete", "seed": "JBSWY3DPEHPK3PXP", "token": key}


def _purpose_of_mailboxes() -> str:
    return next(purpose for model, _, purpose in resealing.columns() if model is MailAccount)


def test_no_secret_stands_in_the_database_as_it_is(everything: dict[str, str]) -> None:
    """Every row of every table, as a thief of the database reads it."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            text = repr(cursor.fetchall())
            assert [name for name, secret in everything.items() if secret in text] == [], table


def test_another_key_takes_the_place_of_the_first(everything: dict[str, str], settings: Any, tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text(settings.SECRET_KEY)
    first = settings.SECRET_KEY
    lasting = {purpose: sealed.lasting(purpose) for purpose in sealed.LASTING}
    browser = Client()
    browser.force_login(ApiToken.objects.get().user)
    assert resealing.rotate(tmp_path, lambda text: None) == 3 + len(sealed.LASTING)
    assert first != settings.SECRET_KEY
    assert (tmp_path / "secret_key").read_text() == settings.SECRET_KEY
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "secret_key.before").exists()
    settings.SECRET_KEY_FALLBACKS = []
    assert sealed.unseal("webhook", Subscription.objects.get().secret) == everything["webhook"]
    assert sealed.unseal(_purpose_of_mailboxes(), MailAccount.objects.get().imap_password) == everything["mailbox"]
    assert TOTP(Authenticator.objects.get(type="totp")).validate_code("000000") is False
    assert browser.get("/staff/me/").status_code == 302, "everybody signs in again"
    assert {purpose: sealed.lasting(purpose) for purpose in sealed.LASTING} == lasting, "mails and erasures are known"
    settings.SECRET_KEY = first
    with pytest.raises(SecretLost):
        sealed.unseal("webhook", Subscription.objects.get().secret)


def test_an_interrupted_change_of_key_loses_nothing_and_is_ended_by_another(
    everything: dict[str, str], settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret_key").write_text(settings.SECRET_KEY)

    def cut(*_: Any) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(resealing, "_reseal", cut)
        with pytest.raises(KeyboardInterrupt):
            resealing.rotate(tmp_path, lambda text: None)
    # What a process started now would know.
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = (tmp_path / "secret_key").read_text(), keyring.before(tmp_path)
    assert sealed.unseal("webhook", Subscription.objects.get().secret) == everything["webhook"]
    assert resealing.rotate(tmp_path, lambda text: None) == 3 + len(sealed.LASTING)
    settings.SECRET_KEY_FALLBACKS = []
    assert sealed.unseal("webhook", Subscription.objects.get().secret) == everything["webhook"]


def test_with_a_key_from_the_environment_both_are_asked_for(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIGNE_SECRET_KEY", "new")
    with pytest.raises(resealing.CannotRotate, match="LIGNE_SECRET_KEY_BEFORE"):
        resealing.rotate(tmp_path, lambda text: None)
    assert list(tmp_path.iterdir()) == []


def test_what_others_may_read_is_named(tmp_path: Path) -> None:
    assert keyring.modes(tmp_path) == []
    keyring.write(tmp_path / "secret_key", Fernet.generate_key().decode())
    assert keyring.modes(tmp_path) == []
    (tmp_path / "secret_key").chmod(0o640)
    (tmp_path / "demo_password").write_text("x")
    (tmp_path / "demo_password").chmod(0o644)
    (tmp_path / "files").mkdir(mode=0o700)
    assert keyring.modes(tmp_path) == ["demo_password", "secret_key"]
    (tmp_path / "files").chmod(0o755)
    tmp_path.chmod(0o700)
    assert "files" not in keyring.modes(tmp_path), "nobody comes through the folder around it"
    tmp_path.chmod(0o711)
    assert "files" in keyring.modes(tmp_path)


def test_tokens_of_chats_and_programs_are_kept_as_digests(everything: dict[str, str], bleuet: Company) -> None:
    assert everything["token"] not in repr(ApiToken.objects.values())
    assert "token_hash" in {field.name for field in ChatSession._meta.fields}
    assert "token" not in {field.name for field in ChatSession._meta.fields}


@pytest.mark.parametrize(
    "name", ["../outside", "/etc/outside", "files/../../outside", "files/ab/../../outside", "secret_key.before", "x"]
)
def test_a_backup_brings_nothing_but_what_a_backup_holds(tmp_path: Path, name: str) -> None:
    member = tarfile.TarInfo(name)
    assert not backup._ours(member)


def test_a_backup_brings_no_link(tmp_path: Path) -> None:
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE):
        member = tarfile.TarInfo("files/ab/" + "ab" * 32)
        assert backup._ours(member)
        member.type, member.linkname = kind, "/etc/passwd"
        assert not backup._ours(member)


def test_a_restored_key_must_be_the_right_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIGNE_SECRET_KEY", raising=False)
    file, home = tmp_path / "b.tar", tmp_path / "home"
    home.mkdir()
    with tarfile.open(file, "w") as tar:
        backup._add(tar, "manifest.json", b"{}")
    manifest = {"key": keyring.fingerprint("the right one")}
    with pytest.raises(backup.CannotRestore, match="--key"):
        backup._key_of(file, manifest, home, None)
    (home / "secret_key").write_text("another")
    with pytest.raises(backup.CannotRestore, match="--key"):
        backup._key_of(file, manifest, home, None)
    (tmp_path / "kept").write_text("the right one\n")
    assert backup._key_of(file, manifest, home, tmp_path / "kept") == "the right one"
    with tarfile.open(file, "a") as tar:
        backup._add(tar, "secret_key", b"the right one")
    assert backup._key_of(file, manifest, home, None) == "the right one"
    assert os.listdir(home) == ["secret_key"]
