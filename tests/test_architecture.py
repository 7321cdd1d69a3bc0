"""What import-linter cannot see: foreign keys that climb, templates across apps, names looked up by text, size."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import models

ROOT = Path(__file__).parent.parent / "src" / "ligne"
MOST_LINES = 400
MOST_LINES_OF_BODY = 50

# To be mended, and to grow no longer: files past the size.
LONG: set[str] = set()

# The floors, top to bottom, as in .importlinter.
FLOORS = [
    {"site"},
    {"desks"},
    {"supervision"},
    {"channel_email", "channel_chat", "channel_visio", "channel_voice", "channel_web"},
    {"routing"},
    {"contacts"},
    {"contracts"},
    {"customers", "catalogue"},
    {"staff", "journal"},
    {"kit"},
]

# Models whose rows carry no principal of their own, and why. Everything else says whose it is, in every row.
PRINCIPAL_FREE = {
    "journal.Seal": "covers entries of every principal: the chain is one",
    "journal.Entry": "names its principal when there is one: nobody signs in for a company",
    "journal.EntryPersonal": "part of an entry, which names its principal",
    "journal.Delivery": "part of a subscription",
    "kit.Done": "a request that was carried out, by a digest",
    "kit.Heartbeat": "about processes",
    "kit.LastingKey": "of the whole centre",
    "kit.Pace": "about sources of requests",
    "staff.Principal": "is the principal",
    "staff.Team": "may serve several principals",
    "staff.User": "a person serves several principals",
    "staff.SkillLevel": "part of a skill",
    "staff.Capacity": "part of a person",
    "staff.Presence": "part of a person",
    "staff.PresencePeriod": "part of a person",
    "staff.ApiToken": "acts as its person",
    "channel_email.DemoMail": "the demo's own customers' mailboxes",
    "channel_email.Acknowledgement": "part of a message, which names its principal",
    "channel_voice.Softphone": "part of a person",
    "customers.NotDuplicate": "part of two files, which name their principal",
    "routing.Loan": "part of a line and of a person",
    "routing.Turns": "part of a person",
    "supervision.Breach": "of a principal, or of the centre as a whole",
    "supervision.Notice": "to a principal's people, or to everybody's",
    "supervision.NoticeReader": "part of a notice",
    "supervision.Check": "about the promises of the house",
    "customers.Surname": "a dictionary of names, of nobody in particular",
    "customers.FirstName": "a dictionary of first names, of nobody in particular",
    "customers.Town": "a dictionary of towns",
}


def own_models() -> list[type[models.Model]]:
    """The house's models, without those Django makes for many-to-many fields."""
    return [m for m in apps.get_models() if m.__module__.startswith("ligne.")]


def floor_of(label: str) -> int:
    return next(index for index, floor in enumerate(FLOORS) if label in floor)


def sources() -> Iterator[tuple[Path, ast.Module]]:
    """Every Python file of the house but migrations, parsed."""
    for path in sorted(ROOT.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def app_of(path: Path) -> str:
    """The folder of the app a file stands in: "contacts", "channels/email"."""
    parts = path.relative_to(ROOT).parts
    return "/".join(parts[: 2 if parts[0] == "channels" else 1])


def test_foreign_keys_do_not_climb() -> None:
    climbing = []
    for model in own_models():
        for field in model._meta.get_fields():
            target = field.related_model if getattr(field, "concrete", False) and field.is_relation else None
            if target is None or target == model or not target.__module__.startswith("ligne."):
                continue
            mine, theirs = model._meta.app_label, target._meta.app_label
            if mine != theirs and floor_of(mine) >= floor_of(theirs):
                climbing.append(f"{model._meta.label}.{field.name} -> {target._meta.label}")
    assert climbing == []


def test_every_row_says_whose_it_is() -> None:
    """By a column of its own, never empty: what divides principals among servers, and what a filter can name."""
    lost = [
        model._meta.label
        for model in own_models()
        if model._meta.label not in PRINCIPAL_FREE
        and not any(_is_whose(field) for field in model._meta.concrete_fields)
    ]
    assert lost == [], "give them a principal, or say above why they have none"


def _is_whose(field: models.Field[Any, Any]) -> bool:
    return field.column == "principal_id" and not field.null


def test_the_list_of_models_without_principal_is_not_stale() -> None:
    known = {model._meta.label for model in own_models()}
    assert set(PRINCIPAL_FREE) <= known


TAG = re.compile(r"""\{%\s*(include|extends)\s+["']([^"']+)["']""")


def test_templates_include_their_own_app_or_kit() -> None:
    wrong = []
    for path in ROOT.rglob("*.html"):
        app = app_of(path)
        own = {app, app.split("/")[-1], app.replace("channels/", "channel_")}
        for verb, name in TAG.findall(path.read_text(encoding="utf-8")):
            folder = name.split("/")[0]
            # The site's own pages dress allauth's: it may name them.
            if folder not in {*own, "kit"} and app != "site":
                wrong.append(f"{path.relative_to(ROOT)}: {verb} {name}")
    assert wrong == []


def test_no_model_is_looked_up_by_name_and_no_signal_is_heard() -> None:
    wrong = []
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr == "get_model":
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} get_model")
            module = node.module if isinstance(node, ast.ImportFrom) else ""
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            heard = (module or "").startswith("django.db.models.signals") or "receiver" in names
            if heard or any("django.db.models.signals" in name for name in names):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} signals")
    assert wrong == []


def _borrowed(tree: ast.Module, own: str) -> set[str]:
    """Names imported from another app's models."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith(".models")
        if (node.module or "").startswith("ligne.") and not (node.module or "").startswith(own)
        for alias in node.names
    }


def test_models_of_other_apps_are_type_names_only() -> None:
    """Nobody asks another app's tables: that is what its reads and services are for. Demo data and the site may."""
    asking = set()
    for path, tree in sources():
        app, name = app_of(path), path.relative_to(ROOT).as_posix()
        if app in {"site", "kit"} or "demo" in name:
            continue
        borrowed = _borrowed(tree, f"ligne.{app.replace('/', '.')}.")
        asking |= {
            f"{name} {node.value.id}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager"}
            if isinstance(node.value, ast.Name) and node.value.id in borrowed
        }
    assert asking == set()


def test_files_are_short() -> None:
    long = {
        path.relative_to(ROOT).as_posix()
        for path, _ in sources()
        if len(path.read_text(encoding="utf-8").splitlines()) > MOST_LINES
    }
    assert long == LONG


def test_functions_are_short() -> None:
    """Their bodies: what a long list of named facts and its explanation take is not counted."""
    long = []
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
                if (node.end_lineno or 0) - first.lineno + 1 > MOST_LINES_OF_BODY:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert long == []


@pytest.mark.parametrize("label", sorted(PRINCIPAL_FREE))
def test_reasons_are_given(label: str) -> None:
    assert PRINCIPAL_FREE[label]
