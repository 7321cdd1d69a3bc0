"""Hostile files: what they are said to be, and how they are handed out, by mail, in a chat, in a reply."""

from __future__ import annotations

import io
import socket
import struct
import threading
import zipfile
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from ligne.channels.chat.models import ChatSession
from ligne.channels.chat.reads import Guest
from ligne.channels.chat.services import start, upload
from ligne.channels.email import services as email
from ligne.channels.email.models import MailAccount
from ligne.contacts import services as contacts
from ligne.contacts.models import Attachment
from ligne.contacts.ports import File, Sender
from ligne.kit import antivirus, clock, downloads, files, filetypes
from ligne.kit.errors import Invalid, NotFound
from ligne.kit.filetypes import ACTIVE, BOMB, DISGUISED, ENORMOUS, MACRO, PROGRAM, VIRUS, judge
from tests.world import Company

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", 40, 30) + b"\x08\x06\0\0\0"
WIDE_PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", 100_000, 100_000) + b"\x08\x06\0\0\0"
WIDE_GIF = b"GIF89a" + struct.pack("<HH", 65535, 65535) + b"\0" * 20
WIDE_JPEG = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08" + struct.pack(">HH", 60_000, 60_000) + b"\0" * 12
WIDE_WEBP = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xff\xff\x7f" * 2 + b"\0" * 8
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SHORTCUT = b"L\0\0\0\x01\x14\x02\0" + b"\0" * 60


def archive(*members: tuple[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members:
            made.writestr(name, content)
    return held.getvalue()


def docx(*more: tuple[str, bytes]) -> bytes:
    return archive(("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>"), *more)


def crowded() -> bytes:
    """An archive whose table says that it goes on for 2 GB."""
    good = bytearray(archive(("a.txt", b"a")))
    struct.pack_into("<I", good, good.rfind(b"PK\x05\x06") + 12, 2**31)
    return bytes(good)


HOSTILE: list[tuple[str, bytes, str, str]] = [
    ("facture.pdf", b"MZ\x90\0" + b"\0" * 60, "application/pdf", PROGRAM),
    ("facture.pdf.exe", b"hello", "application/pdf", PROGRAM),
    ("facture.exe . .", b"hello", "application/pdf", PROGRAM),
    ("facture\u202efdp.exe", b"hello", "application/pdf", PROGRAM),
    ("run", b"\x7fELF\x02", "image/png", PROGRAM),
    ("a.txt", b"#!/bin/sh\nrm -rf /\n", "text/plain", PROGRAM),
    ("photo.lnk", SHORTCUT, "image/png", PROGRAM),
    ("photo.jpg", SHORTCUT, "image/jpeg", PROGRAM),
    ("a.js", b"alert(1)", "text/plain", PROGRAM),
    ("a.hta", b"<script>alert(1)</script>", "text/html", PROGRAM),
    ("a.ps1", b"Get-Item", "text/plain", PROGRAM),
    ("archive.zip", archive(("facture.exe", b"MZ")), "application/zip", PROGRAM),
    ("disk.iso", b"\0" * 100, "application/octet-stream", PROGRAM),
    ("page.html", b"<html><script>alert(1)</script>", "text/html", ACTIVE),
    ("photo.png", b"<svg onload=alert(1) xmlns='http://www.w3.org/2000/svg'>", "image/png", ACTIVE),
    ("photo.svg", b"<?xml version='1.0'?><svg/>", "image/svg+xml", ACTIVE),
    ("photo.svg", "<svg onload=alert(1)>".encode("utf-16"), "image/png", ACTIVE),
    ("note.txt", b"\xef\xbb\xbf \r\n\t<!DOCTYPE html><body onload=alert(1)>", "text/plain", ACTIVE),
    ("note.txt", b"Bonjour <script src=//evil.test></script>", "text/plain", ACTIVE),
    ("photo.png", PNG, "text/html", ACTIVE),
    ("a.pdf", b"%PDF-1.4 /OpenAction << /S /JavaScript /JS (app.alert(1)) >>", "application/pdf", ACTIVE),
    ("a.docm", docx(), "application/msword", MACRO),
    ("a.docx", docx(("word/vbaProject.bin", b"x")), "application/msword", MACRO),
    ("a.odt", archive(("mimetype", b"application/vnd.oasis.opendocument.text"), ("Basic/a.xml", b"x")), "", MACRO),
    ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500 + "_VBA_PROJECT".encode("utf-16-le"), "", MACRO),
    ("bomb.zip", archive(("zeros", b"\0" * (220 * 1024**2))), "application/zip", BOMB),
    ("crowd.zip", crowded(), "application/zip", BOMB),
    ("a.pdf", PNG, "application/pdf", DISGUISED),
    ("a.png", b"%PDF-1.4", "image/png", DISGUISED),
    ("a.docx", b"hello", "application/msword", DISGUISED),
    ("photo\u202egpj.png", PNG, "image/png", DISGUISED),
    ("wide.png", WIDE_PNG, "image/png", ENORMOUS),
    ("wide.gif", WIDE_GIF, "image/gif", ENORMOUS),
    ("wide.jpg", WIDE_JPEG, "image/jpeg", ENORMOUS),
    ("wide.webp", WIDE_WEBP, "image/webp", ENORMOUS),
]
HARMLESS = [
    ("photo.png", PNG, "image/png"),
    ("photo.jpg", PNG, "image/jpeg"),  # programs often name pictures wrongly; nothing comes of it
    ("lettre.docx", docx(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("facture.pdf", b"%PDF-1.7\n1 0 obj << /Type /Catalog >>", "application/pdf"),
    ("note.txt", "1 < 2, dit-elle ; Électricité".encode(), "text/plain"),
    ("contrat.zip", archive(("contrat.pdf", b"%PDF-1.4"), ("photo.jpg", b"\xff\xd8\xff")), "application/zip"),
    ("vide.txt", b"", "text/plain"),
    ("sans-nom", b"\0\1\2", ""),
]


@pytest.mark.parametrize(("name", "content", "announced", "warning"), HOSTILE, ids=lambda v: str(v)[:24])
def test_a_hostile_file_is_known_for_what_it_is(name: str, content: bytes, announced: str, warning: str) -> None:
    assert judge(content, name, announced).warning == warning


@pytest.mark.parametrize(("name", "content", "announced"), HARMLESS, ids=lambda v: str(v)[:24])
def test_an_honest_file_is_left_in_peace(name: str, content: bytes, announced: str) -> None:
    assert judge(content, name, announced).warning == ""


@pytest.mark.parametrize("damage", range(0, 120, 7))
def test_a_damaged_file_breaks_nothing(damage: int) -> None:
    for _, content, _, _ in HOSTILE:
        judge(content[:damage], "a.zip")
        judge(content[damage:4000], "a.png")


# -- handed out ------------------------------------------------------------------------------------------------------


def safely_served(answer: Any) -> None:
    """Saved and never shown, whatever it is."""
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"]


def test_hostile_files_by_mail_are_marked_and_only_downloaded(bleuet: Company) -> None:
    account = MailAccount.objects.create(principal=bleuet.principal, address="service@bleuet.test")
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "anne@exemple.test", account.address, "Mes pièces"
    letter["Message-ID"] = "<1@exemple.test>"
    letter.set_content("Voici.")
    sent = [row for row in HOSTILE if len(row[1]) < 1000]
    for name, content, announced, _ in sent:
        main, _, sub = (announced or "application/octet-stream").partition("/")
        main, sub = ("application", sub) if main == "text" else (main, sub)
        letter.add_attachment(content, maintype=main, subtype=sub, filename=name)
    (raw_id,) = email.store(letter.as_bytes(), envelope_from="anne@exemple.test", envelope_to=[account.address])
    email.handle(raw_id)
    kept = list(Attachment.objects.order_by("pk"))
    assert len(kept) >= len(sent) - 8  # the same content twice in one mail is one file
    # The mark of direction is gone from the name of the last: it deceives nobody any more.
    assert {row.filename for row in kept if not row.warning} <= {"photogpj.png"}
    client = Client()
    client.force_login(bleuet.advisor)
    for row in kept:
        assert not {"/", "\\", "\u202e", "\0"} & set(row.filename)
        safely_served(client.get(f"/contacts/file/{row.pk}/"))
    contact = kept[0].contact
    contacts.move(bleuet.system, contact_id=contact.pk, passage="offer", advisor_id=bleuet.advisor.pk)
    contacts.move(bleuet.viewer(), contact_id=contact.pk, passage="accept")
    page = client.get(f"/contacts/{contact.pk}/").content.decode()
    assert page.count('data-tone="bad"') >= len(kept) - 1


def test_hostile_files_in_a_chat_are_refused_and_nothing_is_kept(bleuet: Company) -> None:
    token = "t" * 40
    start(queue="bleuet-chat", token=token, text="Bonjour", client_id="12345678")
    guest = Guest(str(ChatSession.objects.get().public_id), token)
    for name, content, _, warning in HOSTILE:
        if warning == DISGUISED or len(content) > 10 * 1024**2:
            continue  # in a chat the content alone tells the kind, and gives the name its extension
        if name in {"photo.png", "facture.exe . .", "facture.pdf.exe", "facture\u202efdp.exe", "a.js", "a.ps1"}:
            continue
        if name in {"a.docm", "note.txt", "page.html", "photo.svg"}:
            continue
        with pytest.raises(Invalid):
            upload(guest, client_id=uuid4().hex, filename=name, content=content)
    assert not Attachment.objects.exists()


@pytest.mark.parametrize("name", ["../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "a\0.png", "a\r\nX: y.png"])
def test_a_name_leads_nowhere(bleuet: Company, name: str) -> None:
    contact = bleuet.in_hand()
    client = Client()
    client.force_login(bleuet.advisor)
    client.post(f"/contacts/{contact.pk}/files/", {"files": SimpleUploadedFile(name, PNG, "image/png")})
    contacts.attach(bleuet.viewer(), contact_id=contact.pk, file=File(name, "image/png", PNG))
    for row in Attachment.objects.all():
        answer = client.get(f"/contacts/file/{row.pk}/")
        safely_served(answer)
        assert "\r" not in answer["Content-Disposition"]
        assert files.path_of(row.sha256).is_file()
        assert files.path_of(row.sha256).parent.parent == Path(files.settings.FILES_ROOT)


def test_a_chats_picture_is_shown_and_can_do_nothing(bleuet: Company) -> None:
    token = "t" * 40
    session = start(queue="bleuet-chat", token=token, text="Bonjour", client_id="12345678")
    upload(Guest(str(session.public_id), token), client_id="87654321", filename="a.html", content=PNG)
    headers = {"Authorization": f"Bearer {token}"}
    (file,) = [
        f
        for m in Client().get(f"/chat/api/{session.public_id}/", headers=headers).json()["messages"]
        for f in m["files"]
    ]
    answer = Client().get(file["url"])
    assert answer["Content-Type"] == "image/png"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert Client().get(file["url"][:-4] + "aaa/").status_code == 404


# -- a host of their own ---------------------------------------------------------------------------------------------


def test_files_come_from_their_own_host_by_addresses_that_end(bleuet: Company, settings: Any) -> None:
    settings.FILES_URL = "https://fichiers.test"
    settings.ALLOWED_HOSTS = ["testserver", "fichiers.test"]
    arrived = bleuet.arrival(files=[File("a.html", "text/html", b"<script>alert(1)</script>")])
    client = Client()
    client.force_login(bleuet.advisor)
    answer = client.get(f"/contacts/file/{arrived.attachments.get().pk}/")
    assert answer.status_code == 302
    address = answer["Location"]
    assert address.startswith("https://fichiers.test/files/")
    path = address.removeprefix("https://fichiers.test")
    safely_served(Client().get(path, headers={"Host": "fichiers.test"}))
    assert Client().get(path).status_code == 404, "not under our own name"
    assert Client().get(path[:-4] + "aaa/", headers={"Host": "fichiers.test"}).status_code == 404
    signed = path.split("/")[2]
    with pytest.raises(NotFound):
        downloads.linked(signing.dumps(["0" * 64, "x"], salt="ligne.files"))
    late = clock.ago(minutes=-6).timestamp()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.core.signing.time.time", lambda: late)
        with pytest.raises(NotFound):
            downloads.linked(signed)


def test_a_file_of_another_company_is_not_found(bleuet: Company, garance: Company) -> None:
    arrived = garance.arrival(files=[File("a.txt", "text/plain", b"secret")])
    client = Client()
    client.force_login(bleuet.advisor)
    assert client.get(f"/contacts/file/{arrived.attachments.get().pk}/").status_code == 404


# -- a virus scanner -------------------------------------------------------------------------------------------------


@pytest.fixture
def clamd(settings: Any, tmp_path: Path) -> Iterator[None]:
    """A daemon that speaks ClamAV's protocol and knows one virus."""
    where = tmp_path / "clamd.sock"
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(where))
    listening.listen()
    settings.CLAMD = str(where)

    def serve() -> None:
        while True:
            try:
                line, _ = listening.accept()
            except OSError:
                return
            with line, line.makefile("rb") as said:
                command = _until_nul(said)
                if command == b"zVERSION":
                    line.sendall(b"ClamAV 1.4.1/27400\0")
                    continue
                content = b""
                while size := struct.unpack("!I", said.read(4))[0]:
                    content += said.read(size)
                found = b"Eicar-Test-Signature FOUND" if EICAR in content else b"OK"
                line.sendall(b"stream: " + found + b"\0")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join(5)


def _until_nul(said: Any) -> bytes:
    word = b""
    while (letter := said.read(1)) not in (b"\0", b""):
        word += letter
    return word


def test_a_virus_is_kept_marked_and_never_handed_out(clamd: None, bleuet: Company) -> None:
    arrived = bleuet.arrival(
        files=[File("a.txt", "text/plain", b"x" * 200_000 + EICAR), File("b.png", "image/png", PNG)]
    )
    bad, good = arrived.attachments.order_by("pk")
    assert (bad.warning, good.warning) == (VIRUS, "")
    client = Client()
    client.force_login(bleuet.advisor)
    assert client.get(f"/contacts/file/{bad.pk}/").status_code == 403
    assert client.get(f"/contacts/file/{good.pk}/").status_code == 200


def test_a_virus_is_not_sent_by_us(clamd: None, bleuet: Company) -> None:
    contact = bleuet.in_hand()
    with pytest.raises(Invalid):
        contacts.attach(bleuet.viewer(), contact_id=contact.pk, file=File("a.txt", "text/plain", EICAR))
    assert not contact.attachments.exists()


def test_a_silent_scanner_keeps_no_mail_out(bleuet: Company, settings: Any, tmp_path: Path) -> None:
    settings.CLAMD = str(tmp_path / "nobody.sock")
    arrived = bleuet.arrival(files=[File("a.png", "image/png", PNG)], sender=Sender(email="b@exemple.test"))
    assert arrived.attachments.get().warning == ""
    with pytest.raises(OSError, match=r"."):
        antivirus.version()


def test_the_scanner_says_which_it_is(clamd: None) -> None:
    assert antivirus.version().startswith("ClamAV")


def test_every_warning_has_its_sentence() -> None:
    assert {PROGRAM, ACTIVE, MACRO, BOMB, DISGUISED, ENORMOUS, VIRUS} == filetypes.WARNINGS.keys()
