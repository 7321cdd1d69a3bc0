"""IMAP over TLS with a real server whose certificate is made here: trusted it is used, untrusted it gets nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from unittest import mock

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ligne.channels.email import imap, mailbox
from ligne.channels.email.models import MailAccount, RawMail
from ligne.contacts.models import Contact
from ligne.kit import clock, sealed
from ligne.kit.errors import Unavailable
from tests.channels.email.conftest import account_of
from tests.channels.email.dovecot import PASSWORD, USER, Dovecot
from tests.channels.email.test_handling import written
from tests.world import company

pytestmark = pytest.mark.django_db(transaction=True)

MODES = [MailAccount.Security.TLS, MailAccount.Security.STARTTLS]


def certificate(folder: Path, *, address: str = "127.0.0.1") -> Path:
    """A certificate for `address` that nobody but itself vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "boite.exemple.test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(clock.now() - timedelta(days=1))
        .not_valid_after(clock.now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{address}.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return certificate(tmp_path)


@pytest.fixture
def server(file: Path) -> Iterator[Dovecot]:
    running = Dovecot(file)
    yield running
    running.stop()


def account(server: Dovecot, security: str) -> MailAccount:
    return account_of(
        company("bleuet"),
        "service-client@bleuet.test",
        imap_host="127.0.0.1",
        imap_port=server.tls_port if security == "tls" else server.port,
        imap_security=security,
        imap_user=USER,
        imap_password=sealed.seal(mailbox.PURPOSE, PASSWORD),
    )


@pytest.mark.parametrize("security", MODES)
def test_mail_is_fetched_over_tls(
    transactional_db: None, server: Dovecot, file: Path, security: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    server.deliver(written(Message_ID="<a@x.test>", text="un"))
    present = account(server, security)
    box = mailbox.connect(present)
    assert box.socket().version().startswith("TLSv1.")  # type: ignore[attr-defined]
    assert imap.fetch_new(box, present) == 1
    # what is told while waiting comes through TLS too
    waiting = threading.Thread(target=mailbox.idle, args=(box, threading.Event(), 30))
    waiting.start()
    server.deliver(written(Message_ID="<b@x.test>", text="deux"))
    waiting.join(20)
    assert not waiting.is_alive()
    assert imap.fetch_new(box, present) == 1
    box.logout()
    assert Contact.objects.count() == 2


@pytest.mark.parametrize("security", MODES)
def test_a_certificate_that_is_not_trusted_gets_no_password_and_loses_nothing(
    transactional_db: None, server: Dovecot, file: Path, security: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.deliver(written(Message_ID="<a@x.test>"))
    present = account(server, security)
    with mock.patch.object(mailbox, "_sign_in") as sign_in, pytest.raises(Unavailable) as refused:
        mailbox.try_connection(present)
    assert not sign_in.called
    assert "SSL_CERT_FILE" in str(refused.value)

    stop = threading.Event()
    with mock.patch.object(imap, "RETRY_S", 0.0), mock.patch.object(stop, "wait", side_effect=lambda _: stop.set()):
        imap.watch(present.pk, stop)
    present.refresh_from_db()
    assert "SSL_CERT_FILE" in present.imap_trouble
    assert (RawMail.objects.count(), server.seen()) == (0, 0)

    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    box = mailbox.connect(present)
    assert imap.fetch_new(box, present) == 1
    box.logout()
    present.refresh_from_db()
    assert present.imap_trouble == ""


def test_a_certificate_of_another_server_is_refused(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = certificate(tmp_path, address="192.0.2.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    server = Dovecot(other)
    try:
        with pytest.raises(Unavailable, match="127"):
            mailbox.try_connection(account(server, "tls"))
    finally:
        server.stop()
