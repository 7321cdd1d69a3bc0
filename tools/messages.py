"""The sentences people read: collect them, check that French is complete, compile the catalogues.

    python tools/messages.py collect   write new sentences into each app's French catalogue, drop those no longer used
    python tools/messages.py check     fail, naming each, when a sentence has no French, its placeholders differ, or two
                                       catalogues say it differently
    python tools/messages.py compile   make the .mo files that Django reads

The sentences in the code are English, so English is complete by itself. Only Babel is needed, no system package.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "ligne"
KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%[sd]|\{(\w*)\}")


def apps() -> list[Path]:
    """Every folder of the package that has a catalogue of its own: the Django apps, and the pure rooms' home."""
    found = [p.parent for p in PACKAGE.rglob("apps.py")]
    return sorted({*found, PACKAGE / "regulation"})


def files_of(app: Path) -> list[Path]:
    """The Python files and templates of an app, without those of an app inside it."""
    inner = [a for a in apps() if a != app and app in a.parents]
    return sorted(
        f
        for pattern in ("*.py", "*.html", "*.txt")
        for f in app.rglob(pattern)
        if "migrations" not in f.parts and "built" not in f.parts and not any(i in f.parents for i in inner)
    )


def sentences(path: Path) -> Iterator[tuple[int, object, str | None]]:
    """(line, message or (singular, plural), context) for each sentence of a file."""
    if path.suffix == ".py":
        source, method = BytesIO(path.read_bytes()), "python"
        for line, message, _, context in extract(method, source, KEYWORDS):
            yield line, message, context
        return
    yield from template_sentences(path.read_text(encoding="utf-8"))


TRANSLATE = re.compile(
    r"""\{%\s*(?:translate|trans)\s+(?:"([^"]*)"|'([^']*)')\s*(?:context\s+["']([^"']*)["'])?[^%]*%\}"""
)
BLOCK = re.compile(
    r"\{%\s*(?:blocktranslate|blocktrans)\b([^%]*)%\}(.*?)\{%\s*(?:endblocktranslate|endblocktrans)\s*%\}",
    re.DOTALL,
)
FILTERED = re.compile(r"""_\("([^"]+)"\)|_\('([^']+)'\)""")
PLURAL = re.compile(r"\{%\s*plural\s*%\}")
VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def template_sentences(text: str) -> Iterator[tuple[int, object, str | None]]:
    """The sentences of one Django template."""

    def line(at: int) -> int:
        return text.count("\n", 0, at) + 1

    for match in TRANSLATE.finditer(text):
        yield line(match.start()), match.group(1) or match.group(2) or "", match.group(3)
    for match in BLOCK.finditer(text):
        options, body = match.groups()
        if "trimmed" in options.split():
            body = " ".join(part.strip() for part in body.splitlines() if part.strip())
        # Django doubles a lone per cent sign before it looks the sentence up
        body = VARIABLE.sub(r"%(\1)s", body.replace("%", "%%") if "{%" not in body else body)
        parts = [p if "trimmed" not in options.split() else p.strip() for p in PLURAL.split(body)]
        context = re.search(r"""context\s+["']([^"']*)["']""", options)
        yield (
            line(match.start()),
            tuple(parts) if len(parts) > 1 else parts[0],
            context.group(1) if context else None,
        )
    for tag in re.finditer(r"\{[%{](.*?)[%}]\}", text, re.DOTALL):
        for match in FILTERED.finditer(tag.group(1)):
            yield line(tag.start()), match.group(1) or match.group(2), None


def catalogue_path(app: Path) -> Path:
    """Where an app's French lies."""
    return app / "locale" / "fr" / "LC_MESSAGES" / "django.po"


def wanted(app: Path) -> Catalog:
    """Every sentence of the app."""
    found = Catalog(locale="fr")
    for path in files_of(app):
        for line, message, context in sentences(path):
            singular = message[0] if isinstance(message, tuple) else message
            if singular:
                found.add(message, locations=[(path.relative_to(app).as_posix(), line)], context=context)
    return found


def known(app: Path) -> Catalog:
    """The app's catalogue as it stands."""
    path = catalogue_path(app)
    if not path.exists():
        return Catalog(locale="fr")
    with path.open("rb") as source:
        return read_po(source, locale="fr")


def django_words() -> set[object]:
    """Sentences that Django or the account pages translate themselves."""
    import allauth
    import django

    words: set[object] = set()
    for package in (django, allauth):
        for path in Path(package.__file__).parent.rglob("locale/fr/LC_MESSAGES/django.po"):
            # their catalogues count plurals in another way, about which Babel complains on standard output
            with path.open("rb") as source, contextlib.redirect_stdout(io.StringIO()):
                words |= {m.id for m in read_po(source, locale="fr") if m.string}
    return words


def collect() -> int:
    """Bring the catalogues up to the code."""
    for app in apps():
        have, want = known(app), wanted(app)
        path = catalogue_path(app)
        if not len(want) and not path.exists():
            continue
        fresh = Catalog(locale="fr", project="Ligne Claire", charset="utf-8")
        for message in want:
            if message.id:
                old = have.get(message.id, message.context)
                fresh.add(message.id, old.string if old else None, context=message.context)
        path.parent.mkdir(parents=True, exist_ok=True)
        buffer = BytesIO()
        write_po(buffer, fresh, omit_header=True, no_location=True, sort_output=True, width=110)
        header = (
            'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
            '"Content-Transfer-Encoding: 8bit\\n"\n"Language: fr\\n"\n'
            '"Plural-Forms: nplurals=2; plural=(n > 1);\\n"\n\n'
        )
        path.write_bytes(header.encode() + buffer.getvalue())
    return 0


def complaints(app: Path, elsewhere: set[object]) -> Iterator[str]:
    """What is wrong in the French of one app."""
    have = known(app)
    for message in wanted(app):
        if not message.id:
            continue
        where = f"{app.relative_to(ROOT)}/{message.locations[0][0]}:{message.locations[0][1]}"
        found = have.get(message.id, message.context)
        if not translated(found):
            if message.id not in elsewhere:
                yield f"{where}: no French for {message.id!r}"
            continue
        yield from (f"{where}: {why} in {message.id!r}" for why in mistakes(found))


def translated(message: Message | None) -> bool:
    """Whether every form is written."""
    if message is None or "fuzzy" in message.flags:
        return False
    forms = message.string if isinstance(message.string, (tuple, list)) else [message.string]
    return bool(forms) and all(forms)


def mistakes(message: Message) -> Iterator[str]:
    """Placeholders that differ, and the spaces of French typography."""
    ids = message.id if isinstance(message.id, tuple) else (message.id,)
    strings = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    asked = {m.group(0) for i in ids for m in PLACEHOLDER.finditer(i)}
    for text in strings:
        if {m.group(0) for m in PLACEHOLDER.finditer(text)} - asked:
            yield "a placeholder that the code does not fill"
        if re.search(r"[^\s\u00a0\u202f?!:/»(\"“][?!;](?:\s|$)", text) or re.search(r" [?!:;»]|« ", text):
            yield "a plain or missing space where French wants a non-breaking one"


def collisions() -> Iterator[str]:
    """Sentences that two catalogues say differently: Django merges them, and which one is shown is an accident."""
    told: dict[tuple[object, str | None], dict[str, list[str]]] = {}
    for app in apps():
        for message in known(app):
            if message.id and translated(message):
                french = told.setdefault((message.id, message.context), {})
                french.setdefault(str(message.string), []).append(app.relative_to(PACKAGE).as_posix())
    for (sentence, _), french in told.items():
        if len(french) > 1:
            ways = "; ".join(f"{string!r} in {', '.join(where)}" for string, where in french.items())
            yield f"{sentence!r} is said in several ways: {ways}. Give one a context, or say the same"


def check() -> int:
    """Complain about every missing, mistaken or ambiguous French sentence."""
    elsewhere = django_words()
    for app in apps():  # an app's words may be another's: the French is found wherever it is
        elsewhere |= {m.id for m in known(app) if translated(m)}
    found = [*(c for app in apps() for c in complaints(app, elsewhere)), *collisions()]
    print("\n".join(found) or "French is complete.")
    return 1 if found else 0


def compile_all() -> int:
    """Write the .mo files."""
    for app in apps():
        path = catalogue_path(app)
        if path.exists():
            with path.open("rb") as source, path.with_suffix(".mo").open("wb") as target:
                write_mo(target, read_po(source, locale="fr"))
    return 0


if __name__ == "__main__":
    verbs = {"collect": collect, "check": check, "compile": compile_all}
    if len(sys.argv) != 2 or sys.argv[1] not in verbs:
        sys.exit(f"usage: python tools/messages.py {'|'.join(verbs)}")
    sys.exit(verbs[sys.argv[1]]())
