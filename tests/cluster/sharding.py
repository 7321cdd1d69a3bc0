"""Reading SQL as a distributed PostgreSQL would: does a statement stay with one principal, or ask every shard?

A table whose rows carry their own principal is distributed by it. A statement on such a table stays in its shards when
it is bound to principals, or to the key of a row (and so to the principal of that row). Everything else crosses.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

from django.apps import apps
from django.db import models

# Tables that carry their principal and would be copied to every server all the same: the office's settings, small and
# asked beside everything.
REFERENCE = {
    "staff_user_principals": "who serves whom: asked for whoever signs in",
    "staff_skill": "what people know, beside who they are",
    "staff_grant": "what a role may do",
    "routing_queue": "the lines: every turn of the router asks for them",
    "channel_email_mailaccount": "the centre's own mailboxes",
    "journal_subscription": "webhooks: asked at each announcement",
}

_BOUND = re.compile(r'(?:(?:"(\w+)"|(\w+))\.)?"?(\w+)"?\s*(?:=|\bIN\b)\s*\(?\s*(?:%|ANY\b|\d|ARRAY\b)', re.IGNORECASE)
# Bound to each of several principals in turn.
_IN_TURN = re.compile(r"unnest\(%\(principals\)s::bigint\[\]\) AS (\w+)\(id\).*\bprincipal_id = \1\.id", re.DOTALL)
_WORDS = re.compile(r"\b[a-z_]+\b")
_READS = re.compile(r"\s*(SELECT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)


def own_models() -> list[type[models.Model]]:
    """The house's models, with the tables Django makes for many-to-many fields."""
    return [m for m in apps.get_models(include_auto_created=True) if m.__module__.startswith("ligne.")]


def carries_its_principal(model: type[models.Model]) -> bool:
    """Whether each row says whose it is, by itself."""
    return any(field.column == "principal_id" and not field.null for field in model._meta.concrete_fields)


@cache
def tables() -> dict[str, frozenset[str]]:
    """The distributed tables, each with the columns that name one row, here or of something else of one principal."""
    carrying = {model._meta.db_table: model for model in own_models() if carries_its_principal(model)}
    return {
        table: frozenset(
            str(field.column)
            for field in model._meta.concrete_fields
            if field.unique or (field.is_relation and getattr(field.related_model, "_meta").db_table in carrying)  # noqa: B009
        )
        for table, model in carrying.items()
        if table not in REFERENCE
    }


@cache
def crossed(sql: str) -> frozenset[str]:
    """The distributed tables that the statement asks in every shard; empty when it stays with its principals."""
    asked = frozenset(_WORDS.findall(sql)) & tables().keys()
    if not asked or not _READS.match(sql) or _IN_TURN.search(sql):
        return frozenset()
    for quoted, bare, column in _BOUND.findall(sql):
        table = quoted or bare
        keys = tables()[table] if table in tables() else frozenset().union(*(tables()[one] for one in asked))
        if column == "principal_id" or (column in keys and (not table or table in asked or table not in _all())):
            return frozenset()
    return asked


@cache
def _all() -> frozenset[str]:
    return frozenset(model._meta.db_table for model in apps.get_models(include_auto_created=True))


class Listener:
    """Notes, while it wraps a connection, which place of the house asked every shard, and how."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self.heard = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Run the statement, noting it when it crosses."""
        self.heard += 1
        if crossed(str(sql)):
            self.found.setdefault(_place(), str(sql))
        return execute(sql, params, many, context)


def _place() -> str:
    """The innermost function of the house, past the kit, that asked."""
    frame = sys._getframe(2)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith("ligne.") and not module.startswith("ligne.kit"):
            return f"{module.removeprefix('ligne.')}.{frame.f_code.co_name}"
        frame = frame.f_back  # type: ignore[assignment]
    return "tests"
