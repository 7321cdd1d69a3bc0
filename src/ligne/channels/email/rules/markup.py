"""HTML of a mail: made harmless, and read as text. Pure.

The cleaning is nh3's. Before it, a glance at the nesting: an HTML parser takes quadratic time on tens of thousands of
tags never closed, so such a body is given as text alone.
"""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlsplit

import nh3

from ligne.channels.email.rules.words import clean, note

MAX_HTML = 2_000_000
MAX_DEPTH = 250
# A transparent pixel: what a remote image becomes, so that reading a mail tells nobody that it was read.
BLANK_IMAGE = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="

_TAGS_LISTED = (
    "a abbr address b bdi bdo big blockquote br caption center cite code col colgroup dd del details dfn div dl dt em "
    "figcaption figure font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strike strong sub "
    "summary sup table tbody td tfoot th thead time tr tt u ul var"
)
_TAGS = set(_TAGS_LISTED.split())
_DROPPED_WITH_CONTENT = {"script", "style", "title", "template", "noscript", "textarea", "select", "svg", "math"}
_ATTRIBUTES = {
    "*": {"title", "dir", "lang", "align", "class", "id"},
    "a": {"href", "name"},
    "img": {"src", "alt", "width", "height"},
    "table": {"border", "cellpadding", "cellspacing", "width"},
    "td": {"colspan", "rowspan", "width", "valign", "height"},
    "th": {"colspan", "rowspan", "width", "valign", "height", "scope"},
    "tr": {"valign"},
    "col": {"span", "width"},
    "ol": {"start", "type"},
    "blockquote": {"cite", "type"},
    "font": {"color", "size"},
}
# The only classes and ids kept: by them mail programs mark what they quote.
QUOTE_MARKS = {
    "gmail_quote",
    "gmail_attr",
    "gmail_extra",
    "yahoo_quoted",
    "protonmail_quote",
    "moz-cite-prefix",
    "zmail_extra",
    "divrplyfwdmsg",
    "appendonsend",
    "mail-editor-reference-message-container",
    "olk_src_body_section",
}
_UNNESTED_LISTED = (
    "area base basefont br col embed frame hr img input link meta param source track wbr p li dt dd tr td th tbody "
    "thead tfoot option html head body"
)
_UNNESTED = set(_UNNESTED_LISTED.split())
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,20})")
_ANY_TAG = re.compile(r"<[^<>]*>")


def read(html: str, defects: list[str]) -> tuple[str, str, str]:
    """`html` as (cleaned HTML, whole text, text without what mail programs marked as quoted)."""
    if len(html) > MAX_HTML:
        note(defects, "html_too_large")
    elif _deep(html):
        note(defects, "html_too_deep")
    else:
        cleaned = _clean(html)
        whole, new = _Reader.read(cleaned, with_quotes=True), _Reader.read(cleaned, with_quotes=False)
        return cleaned, whole, new
    text = clean(unescape(_ANY_TAG.sub(" ", html)))
    return "", text, text


def _deep(html: str) -> bool:
    """Whether tags nest, or cross one another, more than any honest mail's."""
    stack: list[str] = []
    crossed = 0
    for found in _TAG.finditer(html):
        name = found[2].lower()
        if name in _UNNESTED:
            continue
        if not found[1]:
            stack.append(name)
            if len(stack) > MAX_DEPTH:
                return True
        elif name in stack[-20:]:
            while stack.pop() != name:
                crossed += 1
        else:
            crossed += 1
        if crossed > 5000:
            return True
    return False


def _clean(html: str) -> str:
    return clean(
        nh3.clean(
            html.replace("\x00", ""),
            tags=_TAGS,
            clean_content_tags=_DROPPED_WITH_CONTENT,
            attributes=_ATTRIBUTES,
            attribute_filter=_attribute,
            url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
            link_rel="noopener noreferrer nofollow",
        )
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    """What an attribute becomes; None drops it."""
    if name in {"class", "id"}:
        kept = [mark for mark in value.lower().split()[:20] if mark in QUOTE_MARKS]
        return " ".join(kept) or None
    if name == "src":
        return value if value.lower().startswith("cid:") or _safe_data(value) else BLANK_IMAGE
    if name == "href":
        return value if _absolute(value) else None
    if name == "cite":
        return None
    return value[:500]


def _safe_data(value: str) -> bool:
    return bool(re.match(r"data:image/(png|jpeg|jpg|gif|webp);base64,", value[:40].lower()))


def _absolute(value: str) -> bool:
    """A link that leads out of our pages and is not a document of its own."""
    try:
        return urlsplit(value.strip()).scheme.lower() in {"http", "https", "mailto", "tel"}
    except ValueError:
        return False


_BLOCKS_LISTED = (
    "address blockquote center dd details div dl dt figcaption figure h1 h2 h3 h4 h5 h6 hr li ol p pre summary table "
    "tr ul"
)
_BLOCKS = set(_BLOCKS_LISTED.split())
_SPACED = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "pre"}
_REST_IS_QUOTED = {"divrplyfwdmsg", "appendonsend", "mail-editor-reference-message-container"}
_QUOTING = {"gmail_quote", "yahoo_quoted", "protonmail_quote", "moz-cite-prefix", "zmail_extra"}
_VOID = {"br", "img", "hr", "col"}


class _Reader(HTMLParser):
    """Cleaned HTML as lines of text: paragraphs, lists, links with their address, quoted blocks behind `>`."""

    def __init__(self, *, with_quotes: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.with_quotes = with_quotes
        self.lines: list[str] = []
        self.line: list[str] = []
        self.open: list[tuple[str, bool]] = []  # (tag, whether it began a quotation)
        self.quotes = 0  # blockquotes around us
        self.silent = 0  # quotations left out around us
        self.over = False
        self.links: list[tuple[str, int]] = []
        self.preformatted = 0

    @classmethod
    def read(cls, cleaned: str, *, with_quotes: bool) -> str:
        reader = cls(with_quotes=with_quotes)
        reader.feed(cleaned)
        reader.close()
        reader._break()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(reader.lines)).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        marks = {*(facts.get("class") or "").split(), *(facts.get("id") or "").split()}
        if marks & _REST_IS_QUOTED and not self.with_quotes:
            self.over = True
        cited = tag == "blockquote" and (facts.get("type") == "cite" or bool(marks))
        quoting = cited or bool(marks & _QUOTING)
        if tag in _BLOCKS:
            self._break(blank=tag in _SPACED)
        if tag == "br":
            self._break(empty=True)
        elif tag == "hr" and not self.silent and not self.over:
            self.lines.append(self._prefix() + "---")
        elif tag == "img":
            self._say(f"[{facts['alt']}]" if facts.get("alt") else "")
        elif tag == "li":
            self.line.append("- ")
        if tag in {"td", "th"} and self.line:
            self.line.append(" ")
        if tag in _VOID:
            return
        self.open.append((tag, quoting and not self.with_quotes))
        self.silent += self.open[-1][1]
        self.quotes += tag == "blockquote"
        self.preformatted += tag == "pre"
        if tag == "a":
            self.links.append((facts.get("href") or "", len(self.line)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1][0] != tag:
            return  # cannot happen in what nh3 wrote
        if tag == "a" and self.links:
            self._link(*self.links.pop())
        if tag in _BLOCKS:
            self._break(blank=tag in _SPACED)
        _, silent = self.open.pop()
        self.silent -= silent
        self.quotes -= tag == "blockquote"
        self.preformatted -= tag == "pre"

    def handle_data(self, data: str) -> None:
        if not self.preformatted:
            self._say(re.sub(r"[ \t\n\r\f\xa0]+", " ", data))
            return
        first, *rest = data.split("\n")
        self._say(first)
        for line in rest:
            self._break(empty=True)
            self._say(line)

    def _say(self, words: str) -> None:
        if words and not self.silent and not self.over:
            self.line.append(words)

    def _link(self, href: str, start: int) -> None:
        """The address after the words, unless the words are the address."""
        words = "".join(self.line[start:]).strip()
        bare = href.removeprefix("mailto:").removeprefix("tel:")
        if words and bare and not _same(words, bare):
            self._say(f" <{bare[:2000]}>")

    def _break(self, *, blank: bool = False, empty: bool = False) -> None:
        """End the line. `blank`: an empty line separates what follows; `empty`: an empty line counts as one."""
        words = "".join(self.line).strip() if not self.preformatted else "".join(self.line).rstrip()
        if words:
            self.lines.append(self._prefix() + words)
        elif empty and self.lines and not self.over:
            self.lines.append(self._prefix().rstrip())
        if blank and self.lines and self.lines[-1].strip("> "):
            self.lines.append(self._prefix().rstrip())
        self.line = []

    def _prefix(self) -> str:
        return "> " * min(self.quotes, 8)


def _same(words: str, address: str) -> bool:
    def bare(value: str) -> str:
        return value.lower().removeprefix("https://").removeprefix("http://").rstrip("/")

    return bare(words) == bare(address)
