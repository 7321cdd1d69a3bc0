"""Odd mails of our own making: `corpus()` gives name -> (bytes, expected facts).

Facts name keys of `ligne mail parse`, compared for equality; besides: `has` and `lacks` (key -> text it must or must
not contain), `names` (the attachments' file names), `sender` (name and address of the first From), `final`, `status`,
`recipient`, `original` (of the bounce), `defect` (the beginning of one defect).
"""

from __future__ import annotations

import base64
import binascii
import quopri
import struct
from collections.abc import Callable
from typing import Any

Facts = dict[str, Any]
_made: dict[str, tuple[Callable[[], bytes], Facts]] = {}


def mail(**facts: Any) -> Callable[[Callable[[], bytes]], Callable[[], bytes]]:
    """Register a function that makes one mail, under its own name."""

    def register(make: Callable[[], bytes]) -> Callable[[], bytes]:
        _made[make.__name__] = (make, facts)
        return make

    return register


def corpus() -> dict[str, tuple[bytes, Facts]]:
    """Every mail with what must be understood of it."""
    return {name: (make(), facts) for name, (make, facts) in _made.items()}


HEAD = (
    b"From: Anne <anne@exemple.test>\r\nTo: service-client@bleuet.test\r\nDate: Mon, 23 Nov 2026 09:12:00 +0100\r\n"
    b"Message-ID: <un@exemple.test>\r\n"
)


def simple(body: bytes | str, *more: bytes, head: bytes = HEAD, subject: bytes = b"Ma facture") -> bytes:
    """A mail with the usual head, further fields, and a body."""
    content = body.encode() if isinstance(body, str) else body
    title = b"Subject: " + subject + b"\r\n" if subject else b""
    return head + title + b"".join(field + b"\r\n" for field in more) + b"\r\n" + content


def part(kind: bytes, body: bytes | str, *more: bytes) -> bytes:
    """A part of a multipart."""
    content = body.encode() if isinstance(body, str) else body
    return b"Content-Type: " + kind + b"\r\n" + b"".join(f + b"\r\n" for f in more) + b"\r\n" + content


def multi(subtype: bytes, *parts: bytes, boundary: bytes = b"frontiere", close: bool = True) -> tuple[bytes, bytes]:
    """(Content-Type field, body) of a multipart."""
    body = b"".join(b"--" + boundary + b"\r\n" + p + b"\r\n" for p in parts)
    body += b"--" + boundary + b"--\r\n" if close else b""
    return b"Content-Type: multipart/" + subtype + b'; boundary="' + boundary + b'"', body


def whole(subtype: bytes, *parts: bytes, boundary: bytes = b"frontiere", more: tuple[bytes, ...] = ()) -> bytes:
    """A multipart mail."""
    field, body = multi(subtype, *parts, boundary=boundary)
    return simple(body, b"MIME-Version: 1.0", field, *more)


def nested(subtype: bytes, *parts: bytes, boundary: bytes) -> bytes:
    """A multipart as a part of another."""
    field, body = multi(subtype, *parts, boundary=boundary)
    return field + b"\r\n\r\n" + body


UTF8 = b"Content-Type: text/plain; charset=utf-8"
PDF = b"%PDF-1.4 facture"
PDF_PART = part(
    b"application/pdf",
    base64.encodebytes(PDF),
    b"Content-Transfer-Encoding: base64",
    b'Content-Disposition: attachment; filename="facture.pdf"',
)

# --- heads ------------------------------------------------------------------------------------------------------------


@mail(
    subject="Ma facture",
    text="Bonjour",
    new_text="Bonjour",
    message_id="un@exemple.test",
    date="2026-11-23T09:12:00+01:00",
    sender=("Anne", "anne@exemple.test"),
    to=[{"name": "", "address": "service-client@bleuet.test"}],
    defects=[],
    auto_reply=False,
    bounce=None,
    html="",
    attachments=[],
)
def plain() -> bytes:
    return simple("Bonjour\r\n")


@mail(text="", subject="", message_id=None, date=None, defect="empty")
def empty() -> bytes:
    return b""


@mail(text="Bonjour, je n'ai pas d'en-tête.\nMerci", defect="from_missing", subject="")
def no_headers() -> bytes:
    return "Bonjour, je n'ai pas d'en-tête.\r\nMerci\r\n".encode()


@mail(subject="Seul", text="", sender=("", "a@exemple.test"))
def headers_only() -> bytes:
    return b"From: a@exemple.test\r\nSubject: Seul\r\n"


@mail(text="Le corps suit sans ligne vide.", defect="head_ends_without_blank_line", subject="Ma facture")
def no_blank_line() -> bytes:
    return simple("", subject=b"Ma facture").rstrip() + b"\r\nLe corps suit sans ligne vide.\r\n"


@mail(text="Bonjour", subject="Ma facture")
def bare_newlines() -> bytes:
    return simple("Bonjour\r\n").replace(b"\r\n", b"\n")


@mail(text="Bonjour\nAnne", subject="Ma facture")
def bare_carriage_returns() -> bytes:
    return simple("Bonjour\r\nAnne\r\n").replace(b"\r\n", b"\r")


@mail(text="Bonjour", subject="Ma facture")
def mbox_separator() -> bytes:
    return b"From anne@exemple.test Mon Nov 23 09:12:00 2026\r\n" + simple("Bonjour\r\n")


@mail(subject="Éléments reçus : été", sender=("Anne Lefèvre", "anne@exemple.test"))
def encoded_words() -> bytes:
    return (
        b"From: =?utf-8?Q?Anne_Lef=C3=A8vre?= <anne@exemple.test>\r\n"
        b"Subject: =?ISO-8859-1?Q?=C9l=E9ments?= =?utf-8?B?IHJlw6d1cw==?= : =?utf-8?q?=C3=A9t=C3=A9?=\r\n\r\nx\r\n"
    )


@mail(subject="Problème réglé")
def encoded_word_split_inside_a_letter() -> bytes:
    return b"Subject: =?utf-8?Q?Probl=C3?=\r\n =?utf-8?Q?=A8me_r=C3=A9gl=C3=A9?=\r\n\r\n"


@mail(subject="=?utf-8?B?cassé", has={"subject": "=?"})
def encoded_word_cut() -> bytes:
    return "Subject: =?utf-8?B?cassé\r\n\r\n".encode()


@mail(subject="Réclamation n° 12", has={"subject": "é"})
def raw_utf8_subject() -> bytes:
    return "From: a@exemple.test\r\nSubject: Réclamation n° 12\r\n\r\nx".encode()


@mail(subject="Réclamation")
def raw_latin1_subject() -> bytes:
    return b"From: a@exemple.test\r\nSubject: R\xe9clamation\r\n\r\nx"


@mail(subject="un Bcc: victime@exemple.test", to=[])
def header_injection() -> bytes:
    return b"From: a@exemple.test\r\nSubject: =?utf-8?Q?un=0D=0ABcc:_victime@exemple.test?=\r\n\r\nx"


@mail(subject="Premier", defect="duplicate_header: subject", sender=("", "a@exemple.test"))
def duplicate_headers() -> bytes:
    return b"From: a@exemple.test\r\nFrom: b@exemple.test\r\nSubject: Premier\r\nSubject: Second\r\n\r\nx"


@mail(
    to=[{"name": "", "address": "a@x.test"}, {"name": "B", "address": "b@x.test"}],
    cc=[],
)
def group_addresses() -> bytes:
    return b"From: z@x.test\r\nTo: Les clients: a@x.test, B <b@x.test>;\r\nCc: undisclosed-recipients:;\r\n\r\nx"


@mail(
    sender=("Dupont, Anne", "anne@exemple.test"),
    to=[{"name": "Service (ventes)", "address": "s@x.test"}, {"name": "le patron", "address": "p@x.test"}],
)
def odd_addresses() -> bytes:
    return (
        b"From: Dupont, Anne <anne@Exemple.TEST>\r\n"
        b'To: "Service (ventes)" <s@x.test>, p@x.test (le patron), <@>, rien\r\n\r\nx'
    )


@mail(sender=("Méchant", "m@exemple.test"), defect="to_missing")
def name_without_quotes_nor_space() -> bytes:
    return b"From: =?utf-8?B?TcOpY2hhbnQ=?=<m@exemple.test>\r\n\r\nx"


@mail(sender=None, defect="address_unreadable")
def from_without_address() -> bytes:
    return b"From: Anne sans adresse\r\nTo: s@x.test\r\n\r\nBonjour"


@mail(sender=None, defect="from_missing", has={"text": "Bonjour"})
def no_sender() -> bytes:
    return b"To: service-client@bleuet.test\r\nSubject: Sans auteur\r\n\r\nBonjour"


@mail(date=None, defect="date_out_of_range")
def date_far_away() -> bytes:
    return b"From: a@x.test\r\nDate: Mon, 23 Nov 9998 09:12:00 +0100\r\n\r\nx"


@mail(date=None, defect="date_unreadable")
def date_unreadable() -> bytes:
    return "From: a@x.test\r\nDate: hier après-midi\r\n\r\nx".encode()


@mail(date="2026-11-23T09:12:00+00:00")
def date_without_zone() -> bytes:
    return b"From: a@x.test\r\nDate: 23 Nov 2026 09:12:00 (je ne sais o\xf9)\r\n\r\nx"


@mail(in_reply_to="a@x", references=["r1@x", "r2@x", "a@x"])
def thread_headers() -> bytes:
    return (
        b"In-Reply-To: Your message of Monday <a@x>\r\nReferences: <r1@x>\r\n\t<r2@x> <a@x><a@x>\r\n"
        b"Message-ID: <b@x>\r\n\r\nx"
    )


@mail(has={"subject": "aaaa"}, text="x", defect="header_too_long")
def enormous_header() -> bytes:
    return b"From: a@x.test\r\nSubject: " + b"a" * 200_000 + b"\r\n\r\nx"


@mail(text="x", defect="too_many_header_fields")
def many_headers() -> bytes:
    return b"".join(b"X-N%d: v\r\n" % n for n in range(3000)) + b"\r\nx"


@mail(subject="Ordre gnp.exe", sender=("Banque", "b@x.test"), defect="bidi_controls")
def bidi_and_zero_width() -> bytes:
    return "From: Ban\u200bque <b@x.test>\r\nSubject: Ordre \u202egnp.exe\r\n\r\nx".encode()


@mail(text="avant après", defect="null_characters")
def null_characters() -> bytes:
    return simple(b"avant\x00 apr\xc3\xa8s", UTF8)


# --- charsets ---------------------------------------------------------------------------------------------------------


@mail(text="déjà payé", defects=[])
def utf8_8bit() -> bytes:
    return simple("déjà payé", UTF8, b"Content-Transfer-Encoding: 8bit")


@mail(text="déjà payé", defect="charset_wrong: iso8859-1")
def utf8_called_latin1() -> bytes:
    return simple("déjà payé", b"Content-Type: text/plain; charset=iso-8859-1")


@mail(text="déjà payé", defect="charset_wrong: utf-8")
def latin1_called_utf8() -> bytes:
    return simple("déjà payé".encode("latin-1"), UTF8)


@mail(text="l’été à 10 €", defects=[])
def windows_1252() -> bytes:
    return simple("l’été à 10 €".encode("cp1252"), b'Content-Type: text/plain; charset="Windows-1252"')


@mail(text="l’été", defects=[])
def windows_quotes_called_latin1() -> bytes:
    return simple("l’été".encode("cp1252"), b"Content-Type: text/plain; charset=iso-8859-1")


@mail(text="déjà", defect="charset_unknown: klingon")
def unknown_charset() -> bytes:
    return simple("déjà", b"Content-Type: text/plain; charset=klingon")


@mail(text="abc", defect="charset_unknown: rot13")
def charset_that_is_no_charset() -> bytes:
    return simple("abc", b"Content-Type: text/plain; charset=rot13")


@mail(text="déjà £1", defects=[])
def utf7() -> bytes:
    return simple("déjà £1".encode("utf-7"), b"Content-Type: text/plain; charset=utf-7")


@mail(text="日本語", defects=[])
def japanese() -> bytes:
    return simple("日本語".encode("iso2022_jp"), b"Content-Type: text/plain; charset=ISO-2022-JP")


@mail(text="déjà", defects=[])
def utf16_in_base64() -> bytes:
    return simple(
        base64.encodebytes("déjà".encode("utf-16")),
        b"Content-Type: text/plain; charset=utf-16",
        b"Content-Transfer-Encoding: base64",
    )


@mail(text="très cassé", defect="charset_missing")
def eight_bits_without_charset() -> bytes:
    return simple("très cassé".encode("cp1252"))


@mail(has={"text": "été, déjà, où"}, defect="charset_wrong: utf-8")
def utf8_with_one_broken_byte() -> bytes:
    return simple("été, déjà, où ".encode() + b"\xff fin", UTF8)


# --- transfer encodings -----------------------------------------------------------------------------------------------


@mail(text="Une égalité = deux membres, ligne longue", defects=[])
def quoted_printable() -> bytes:
    return simple(
        quopri.encodestring("Une égalité = deux membres, ligne longue".encode()),
        UTF8,
        b"Content-Transfer-Encoding: quoted-printable",
    )


@mail(has={"text": "prix =ZZ et =4"})
def quoted_printable_broken() -> bytes:
    return simple("prix =ZZ et =4", UTF8, b"Content-Transfer-Encoding: quoted-printable")


@mail(has={"text": "Bonjour"}, defect="base64_broken")
def base64_cut() -> bytes:
    return simple(base64.b64encode(b"Bonjour monsieur")[:-3], UTF8, b"Content-Transfer-Encoding: base64")


@mail(text="Bonjour", defect="transfer_encoding_unknown: pigeon")
def unknown_transfer_encoding() -> bytes:
    return simple("Bonjour", UTF8, b"Content-Transfer-Encoding: pigeon")


@mail(text="Voici la photo.\n\nMerci", names=["photo du salon.jpg"])
def uuencode_inline() -> bytes:
    lines = b"".join(binascii.b2a_uu(b"\xff\xd8image" * 3) for _ in range(3))
    return simple(b"Voici la photo.\r\n\r\nbegin 644 photo du salon.jpg\r\n" + lines + b"`\r\nend\r\nMerci\r\n")


@mail(names=[], has={"text": "begin 5 fois"})
def uuencode_not_at_all() -> bytes:
    return simple("On begin 5 fois\nbegin 644 x\nceci n'est pas codé du tout, mais alors pas du tout\nend\n")


# --- multiparts -------------------------------------------------------------------------------------------------------


@mail(text="Bonjour", has={"html": "<b>Bonjour</b>"}, defects=[], names=[])
def alternative() -> bytes:
    return whole(b"alternative", part(b"text/plain", "Bonjour"), part(b"text/html", "<b>Bonjour</b>"))


@mail(text="Bonjour", names=["facture.pdf"], defects=[])
def with_attachment() -> bytes:
    return whole(b"mixed", part(b"text/plain", "Bonjour"), PDF_PART)


@mail(text="Bonjour", names=["logo.png", "facture.pdf"], has={"html": 'src="cid:logo@x"'})
def related_inside_alternative_inside_mixed() -> bytes:
    logo = part(
        b'image/png; name="logo.png"',
        base64.encodebytes(b"\x89PNG logo"),
        b"Content-Transfer-Encoding: base64",
        b"Content-ID: <logo@x>",
        b"Content-Disposition: inline",
    )
    related = nested(b"related", part(b"text/html", '<p>Bonjour</p><img src="cid:logo@x">'), logo, boundary=b"r")
    either = nested(b"alternative", part(b"text/plain", "Bonjour"), related, boundary=b"a")
    return whole(b"mixed", either, PDF_PART, boundary=b"m")


@mail(text="Avant\n\nAprès", names=["facture.pdf"])
def text_attachment_text() -> bytes:
    utf8 = b"text/plain; charset=utf-8"
    return whole(b"mixed", part(utf8, "Avant"), PDF_PART, part(utf8, "Après"))


@mail(text="Bonjour", names=["facture.pdf"], defect="multipart_truncated")
def truncated_multipart() -> bytes:
    return whole(b"mixed", part(b"text/plain", "Bonjour"), PDF_PART).rpartition(b"--frontiere--")[0][:-9]


@mail(text="Bonjour", names=["facture.pdf"], defect="boundary_missing")
def boundary_missing() -> bytes:
    return whole(b"mixed", part(b"text/plain", "Bonjour"), PDF_PART).replace(b'; boundary="frontiere"', b"")


@mail(has={"text": "Bonjour"}, defect="boundary_not_found")
def boundary_never_comes() -> bytes:
    return simple("Bonjour", b"Content-Type: multipart/mixed; boundary=xyz")


@mail(text="Bonjour", names=["facture.pdf"])
def boundary_that_begins_another() -> bytes:
    inner = nested(b"alternative", part(b"text/plain", "Bonjour"), boundary=b"aaa-bbb")
    return whole(b"mixed", inner, PDF_PART, boundary=b"aaa")


@mail(defect="too_deep")
def too_deep() -> bytes:
    body = part(b"text/plain", "au fond")
    for level in range(60):
        body = nested(b"mixed", body, boundary=b"n%d" % level)
    return whole(b"mixed", body, boundary=b"haut")


@mail(defect="too_many_parts")
def too_many_parts() -> bytes:
    return whole(b"mixed", *[part(b"text/plain", "x")] * 1500)


@mail(names=["relevé d’été.pdf"])
def filename_rfc2231() -> bytes:
    return whole(
        b"mixed",
        part(
            b"application/pdf",
            "x",
            b"Content-Disposition: attachment;\r\n filename*0*=utf-8''relev%C3%A9%20d%E2%80%99;\r\n"
            b" filename*1*=%C3%A9t%C3%A9.pdf",
        ),
    )


@mail(names=["devis é.pdf"])
def filename_rfc2047() -> bytes:
    disposition = b'Content-Disposition: attachment; filename="=?utf-8?Q?devis_=C3=A9.pdf?="'
    return whole(b"mixed", part(b"application/pdf", "x", disposition))


@mail(names=["passwd", "evil.exe", "piece-3.pdf"])
def filenames_that_climb() -> bytes:
    return whole(
        b"mixed",
        part(b"application/x", "x", b'Content-Disposition: attachment; filename="../../etc/passwd"'),
        part(b"application/x", "x", b'Content-Disposition: attachment; filename="C:\\temp\\evil.exe"'),
        part(b"application/pdf", "x", b"Content-Disposition: attachment"),
    )


@mail(text="", names=["photo.jpg"])
def only_an_attachment() -> bytes:
    return simple(
        base64.encodebytes(b"\xff\xd8"),
        b'Content-Type: image/jpeg; name="photo.jpg"',
        b"Content-Transfer-Encoding: base64",
    )


@mail(has={"text": "Texte du message transmis"}, names=["Ma facture.eml"])
def forwarded_as_rfc822() -> bytes:
    return whole(b"mixed", part(b"message/rfc822", simple("Texte du message transmis")))


@mail(text="Voyez ci-joint.", names=["Ma facture.eml"])
def forwarded_with_words() -> bytes:
    return whole(b"mixed", part(b"text/plain", "Voyez ci-joint."), part(b"message/rfc822", simple("transmis")))


@mail(names=["piece-1.eml", "piece-2.eml"])
def digest() -> bytes:
    return whole(b"digest", b"\r\n\r\nUn", b"\r\n\r\nDeux")


@mail(
    has={"text": "Agenda : Visite du technicien - 01/12/2026 10:00 - 3 rue des Lilas, Lyon"},
    names=["piece-1.ics"],
)
def calendar() -> bytes:
    ics = (
        "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Visite du \r\n technicien\r\n"
        "DTSTART;TZID=Europe/Paris:20261201T100000\r\nLOCATION:3 rue des Lilas\\, Lyon\r\nEND:VEVENT\r\nEND:VCALENDAR"
    )
    return whole(
        b"alternative", part(b"text/plain", "Invitation"), part(b"text/calendar; charset=utf-8; method=REQUEST", ics)
    )


@mail(has={"text": "content-type illisible"}, defect="content_type_unreadable")
def content_type_nonsense() -> bytes:
    return simple("content-type illisible", b"Content-Type: text")


# --- winmail.dat ------------------------------------------------------------------------------------------------------


def tnef_attribute(level: int, tag: int, value: bytes) -> bytes:
    """One TNEF attribute with its checksum."""
    return struct.pack("<BHHI", level, tag, 6, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def mapi(*properties: tuple[int, int, bytes]) -> bytes:
    """A MAPI property list of (type, identifier, value), variable lengths only."""
    out = struct.pack("<I", len(properties))
    for kind, key, value in properties:
        out += struct.pack("<HHII", kind, key, 1, len(value)) + value + b"\x00" * (-len(value) % 4)
    return out


def winmail() -> bytes:
    """A TNEF stream with a body and one file."""
    return (
        struct.pack("<IH", 0x223E9F78, 1)
        + tnef_attribute(1, 0x9003, mapi((0x1E, 0x1000, "Le texte caché d'Outlook\0".encode("cp1252"))))
        + tnef_attribute(2, 0x9002, b"\x00" * 14)
        + tnef_attribute(2, 0x8010, b"CONTRA~1.PDF\0")
        + tnef_attribute(2, 0x800F, b"%PDF contrat")
        + tnef_attribute(2, 0x9005, mapi((0x1F, 0x3707, "contrat signé.pdf\0".encode("utf-16-le"))))
    )


@mail(text="Le texte caché d'Outlook", names=["contrat signé.pdf"], defects=[])
def tnef() -> bytes:
    return simple(
        base64.encodebytes(winmail()),
        b'Content-Type: application/ms-tnef; name="winmail.dat"',
        b"Content-Transfer-Encoding: base64",
    )


@mail(text="Bonjour", names=["contrat signé.pdf"])
def tnef_beside_text() -> bytes:
    data = base64.encodebytes(winmail())
    wrapped = part(b"application/ms-tnef; name=winmail.dat", data, b"Content-Transfer-Encoding: base64")
    return whole(b"mixed", part(b"text/plain", "Bonjour"), wrapped)


@mail(text="Bonjour", names=["winmail.dat"], defect="tnef_unreadable")
def tnef_that_is_none() -> bytes:
    wrapped = part(b"application/ms-tnef; name=winmail.dat", "n'importe quoi")
    return whole(b"mixed", part(b"text/plain", "Bonjour"), wrapped)


@mail(text="Bonjour", defect="tnef_truncated")
def tnef_truncated() -> bytes:
    data = base64.encodebytes(winmail()[:-30])
    wrapped = part(b"application/ms-tnef; name=winmail.dat", data, b"Content-Transfer-Encoding: base64")
    return whole(b"mixed", part(b"text/plain", "Bonjour"), wrapped)


# --- bodies -----------------------------------------------------------------------------------------------------------


@mail(
    text="Une phrase qui continue ici.\n\n> citée sur deux lignes\n\n-- \nAnne", new_text="Une phrase qui continue ici."
)
def flowed() -> bytes:
    body = "Une phrase qui \r\ncontinue ici.\r\n\r\n> citée sur \r\n> deux lignes\r\n\r\n-- \r\nAnne\r\n"
    return simple(body, b"Content-Type: text/plain; charset=utf-8; format=flowed")


@mail(text="anticonstitutionnellement")
def flowed_delsp() -> bytes:
    return simple("anticons \r\ntitutionnellement", b"Content-Type: text/plain; format=flowed; delsp=yes")


@mail(
    text="Bonjour Anne & Cie,\n\n- un\n- deux\n\nVoir le site <https://bleuet.test/aide>",
    lacks={"html": "script", "text": "alert"},
)
def html_only() -> bytes:
    html = (
        "<html><head><style>p{}</style></head><body><p>Bonjour <b>Anne</b> &amp; Cie,</p><ul><li>un<li>deux</ul>"
        '<script>alert(1)</script><p>Voir <a href="https://bleuet.test/aide">le site</a></p></body></html>'
    )
    return simple(html, b"Content-Type: text/html; charset=utf-8")


@mail(
    has={"html": 'src="cid:a@b"', "text": "[suivi]"},
    lacks={"html": "traceur.test"},
)
def remote_images() -> bytes:
    html = (
        '<img src="https://traceur.test/p.gif" alt="suivi"><img src="cid:a@b"><img srcset="//traceur.test/a 2x">'
        '<table background="http://traceur.test/b"><tr><td style="background:url(http://traceur.test/c)">x</table>'
        '<video poster="http://traceur.test/d"></video><link rel=stylesheet href="http://traceur.test/e">'
        '<img src="//traceur.test/f"><iframe src="http://traceur.test/g"></iframe>'
    )
    return simple(html, b"Content-Type: text/html")


@mail(
    lacks={"html": "onerror", "text": "alert"},
    has={"text": "cliquez"},
)
def hostile_html() -> bytes:
    html = (
        '<img src=x onerror=alert(1)><a href="javascript:alert(2)">cliquez</a><svg onload=alert(3)><form action=/x>'
        '<input name=p></form><a href="data:text/html,<script>alert(4)</script>">là</a><base href="//mal.test">'
        '<meta http-equiv=refresh content="0;url=//mal.test"><math><mi xlink:href="javascript:alert(5)">'
    )
    return simple(html, b"Content-Type: text/html")


@mail(html="", has={"text": "au fond"}, defect="html_too_deep")
def html_never_closed() -> bytes:
    return simple("<div>" * 60_000 + "au fond", b"Content-Type: text/html")


@mail(text="Le vrai texte, bien plus long que l’annonce qui le précède, avec tous ses détails et encore davantage.")
def text_that_only_asks_for_html() -> bytes:
    rich = (
        "<p>Le vrai texte, bien plus long que l’annonce qui le précède, avec tous ses détails et encore davantage.</p>"
    )
    return whole(b"alternative", part(b"text/plain", "Lecteur HTML requis."), part(b"text/html; charset=utf-8", rich))


# --- the quoted past --------------------------------------------------------------------------------------------------


@mail(new_text="Merci, c'est réglé.", has={"text": "Bonjour Anne"})
def reply_french() -> bytes:
    return simple(
        "Merci, c'est réglé.\r\n\r\nLe lun. 23 nov. 2026 à 09:12, Service client <s@bleuet.test> a\r\nécrit :\r\n\r\n"
        "> Bonjour Anne\r\n> Votre dossier avance.\r\n",
        UTF8,
    )


@mail(new_text="Thanks!")
def reply_english() -> bytes:
    return simple("Thanks!\r\n\r\nOn Mon, Nov 23, 2026 at 9:12 AM Service <s@x.test>\r\nwrote:\r\n> Hello\r\n")


@mail(new_text="Ma réponse en bas.", has={"text": "> Question ?"})
def reply_below() -> bytes:
    return simple("Le 23/11/2026 09:12, Service a écrit :\r\n> Question ?\r\n\r\nMa réponse en bas.\r\n", UTF8)


@mail(new_text="Oui.\n\nNon.")
def reply_between() -> bytes:
    return simple("> Un ?\r\nOui.\r\n\r\n> Deux ?\r\nNon.\r\n", UTF8)


@mail(new_text="Je confirme.")
def reply_outlook_french() -> bytes:
    return simple(
        "Je confirme.\r\n\r\n________________________________\r\nDe : Service client <s@bleuet.test>\r\n"
        "Envoyé : lundi 23 novembre 2026 09:12\r\nÀ : Anne <anne@exemple.test>\r\n"
        "Objet : RE: Ma facture\r\n\r\nBonjour",
        UTF8,
    )


@mail(new_text="Je confirme.")
def reply_outlook_rule() -> bytes:
    return simple("Je confirme.\r\n\r\n-----Message d'origine-----\r\nDe : S\r\nBonjour\r\n", UTF8)


@mail(new_text="Noted.")
def reply_outlook_english() -> bytes:
    return simple("Noted.\r\n\r\nFrom: S <s@x.test>\r\nSent: Monday\r\nTo: A\r\nSubject: RE: x\r\n\r\nHello\r\n")


@mail(new_text="Parfait.", lacks={"new_text": "ancien"}, has={"text": "ancien", "html": "ancien"})
def reply_gmail_html() -> bytes:
    html = (
        '<div dir="ltr">Parfait.</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">Le lun. 23 nov.'
        ' 2026 à 09:12, S &lt;<a href="mailto:s@x.test">s@x.test</a>&gt; a écrit :<br></div>'
        "<blockquote>ancien</blockquote></div>"
    )
    return simple(html, b"Content-Type: text/html; charset=utf-8")


@mail(new_text="Entendu.", has={"text": "ancien"})
def reply_outlook_html() -> bytes:
    html = '<p>Entendu.</p><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>De :</b> S</div><p>ancien</p>'
    return simple(html, b"Content-Type: text/html")


@mail(new_text="Bonjour,\nmon décodeur est en panne.", has={"text": "06 12 34 56 78"})
def signature() -> bytes:
    return simple("Bonjour,\r\nmon décodeur est en panne.\r\n-- \r\nAnne Lefèvre\r\n06 12 34 56 78\r\n", UTF8)


@mail(new_text="Bien reçu")
def telephone_signature() -> bytes:
    return simple("Bien reçu\r\n\r\nEnvoyé de mon iPhone\r\n", UTF8)


@mail(has={"new_text": "Le texte d'origine"})
def forwarded_by_hand() -> bytes:
    return simple(
        "---------- Message transféré ---------\r\nDe : X <x@x.test>\r\nDate: lun.\r\nObjet : y\r\nÀ : z\r\n\r\n"
        "Le texte d'origine\r\n",
        UTF8,
        subject=b"Tr: y",
    )


@mail(has={"new_text": "On a écrit : trois fois. Le lundi, on a écrit ; rien."})
def sentence_that_looks_like_a_quote() -> bytes:
    return simple("On a écrit : trois fois. Le lundi, on a écrit ; rien.\r\nDe : la patience\r\n", UTF8)


# --- programs that write ----------------------------------------------------------------------------------------------


def report(status: str, original: bytes = b"Message-ID: <m.12.abc@bleuet.test>\r\nSubject: Re: x\r\n\r\n") -> bytes:
    """A delivery report (RFC 3464)."""
    field, body = multi(
        b"report; report-type=delivery-status",
        part(b"text/plain", "Votre message n'est pas arrivé."),
        part(b"message/delivery-status", status),
        part(b"message/rfc822", original),
    )
    head = b"From: MAILER-DAEMON@mx.test\r\nReturn-Path: <>\r\nAuto-Submitted: auto-replied\r\n"
    return head + b"Subject: Undelivered Mail Returned to Sender\r\n" + field + b"\r\n\r\n" + body


@mail(final=True, status="5.1.1", recipient="perdu@exemple.test", original="m.12.abc@bleuet.test", auto_reply=False)
def bounce_report() -> bytes:
    return report(
        "Reporting-MTA: dns; mx.test\r\n\r\nFinal-Recipient: rfc822; perdu@exemple.test\r\nAction: failed\r\n"
        "Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 user unknown\r\n"
    )


@mail(final=False, status="4.4.1", recipient="lent@exemple.test")
def bounce_delayed() -> bytes:
    return report(
        "Reporting-MTA: dns; mx.test\r\n\r\nFinal-Recipient: rfc822; lent@exemple.test\r\nAction: delayed\r\n"
        "Status: 4.4.1\r\n"
    )


@mail(bounce=None, auto_reply=True)
def report_of_success() -> bytes:
    return report(
        "Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; a@x.test\r\nAction: delivered\r\nStatus: 2.0.0"
    )


@mail(final=True, recipient="perdu@exemple.test", original="m.7.x@bleuet.test")
def bounce_qmail() -> bytes:
    return (
        b"Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.test\r\nSubject: failure notice\r\n\r\n"
        b"Hi. This is the qmail-send program at mx.test.\r\nI'm afraid I wasn't able to deliver your message to the "
        b"following addresses.\r\nThis is a permanent error; I've given up. Sorry it didn't work out.\r\n\r\n"
        b"<perdu@exemple.test>:\r\nSorry, no mailbox here by that name. (#5.1.1)\r\n\r\n"
        b"--- Below this line is a copy of the message.\r\n\r\nMessage-ID: <m.7.x@bleuet.test>\r\n"
    )


@mail(final=True, recipient="perdu@exemple.test", status="")
def bounce_exim() -> bytes:
    return (
        b"From: Mail Delivery System <Mailer-Daemon@mx.test>\r\nX-Failed-Recipients: perdu@exemple.test\r\n"
        b"Auto-Submitted: auto-replied\r\nSubject: Mail delivery failed: returning message to sender\r\n\r\n"
        b"This message was created automatically by mail delivery software.\r\n\r\n  perdu@exemple.test\r\n"
        b"    SMTP error: 550 no such user\r\n"
    )


@mail(final=True, recipient="perdu@exemple.test", status="5.1.10")
def bounce_exchange_french() -> bytes:
    return (
        "From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615@x.test>\r\nSubject: Non remis : Ma facture\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\nÉchec de la remise pour ces destinataires ou groupes :\r\n\r\n"
        "perdu@exemple.test\r\nL'adresse entrée est introuvable.\r\n\r\n"
        "Informations de diagnostic : 550 5.1.10 RESOLVER.ADR.RecipientNotFound\r\n"
    ).encode()


@mail(bounce=None, auto_reply=True)
def read_receipt() -> bytes:
    return whole(
        b"report; report-type=disposition-notification",
        part(b"text/plain", "Lu."),
        part(b"message/disposition-notification", "Disposition: manual-action/MDN-sent-manually; displayed"),
    )


@mail(auto_reply=True, bounce=None)
def absence_by_header() -> bytes:
    return simple("Je suis absent.", b"Auto-Submitted: auto-replied (vacation)", subject=b"Absent")


@mail(auto_reply=True)
def absence_by_subject() -> bytes:
    return simple("Je reviens lundi.", subject="Réponse automatique : Ma facture".encode())


@mail(auto_reply=True)
def absence_from_outlook() -> bytes:
    return simple("x", b"X-Auto-Response-Suppress: DR, OOF, AutoReply", subject=b"Absence du bureau")


@mail(auto_reply=True)
def mailing_list() -> bytes:
    return simple("x", b"Precedence: bulk", b"List-Id: <l.x.test>")


@mail(auto_reply=True)
def empty_return_path() -> bytes:
    return b"Return-Path: <>\r\n" + simple("x")


@mail(auto_reply=False)
def not_automatic() -> bytes:
    return simple("Je réponds à votre réponse automatique", b"Auto-Submitted: no", subject=b"Re: question")


@mail(bounce=None, auto_reply=False)
def customer_who_speaks_of_bounces() -> bytes:
    return simple("Mes mails reviennent : user unknown, adresse inconnue.", UTF8, subject=b"Echec de livraison")
