"""Bringing the database to the present shape, without work when it already has it.

A fingerprint of every migration is kept in the database, as the comment of Django's own table: reading it costs one
query, and a database that was dropped and made again has none.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.apps import apps
from django.core.management import call_command
from django.db import connection, connections

from ligne.kit import database

_TABLE = "django_migrations"
_LOCK = "ligne.migrate"


def fingerprint() -> str:
    """What the code's migrations are: their names and contents."""
    digest = hashlib.sha256()
    for app in sorted(apps.get_app_configs(), key=lambda a: a.label):
        for path in sorted((Path(app.path) / "migrations").glob("*.py")):
            digest.update(f"{app.label}/{path.name}".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def applied() -> str:
    """The fingerprint of the migrations that this database went through, "" for none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(obj_description(to_regclass(%s)), '')", [_TABLE])
        return str(cursor.fetchone()[0])


def up_to_date() -> bool:
    """Whether the database has the shape that the code expects."""
    return applied() == fingerprint()


def migrate() -> bool:
    """Apply what is missing and make the cache's table; False when there was nothing to do.

    Several hosts may call it at once: one works, the others wait for it.
    """
    wanted = fingerprint()
    if applied() == wanted:
        return False
    with database.directly(), connection.cursor() as cursor:  # the lock needs a session
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [_LOCK])
        try:
            if applied() != wanted:
                call_command("migrate", verbosity=0, interactive=False)
                call_command("createcachetable", verbosity=0)
                cursor.execute(f"COMMENT ON TABLE {_TABLE} IS '{wanted}'")
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [_LOCK])
    connections.close_all()
    return True
