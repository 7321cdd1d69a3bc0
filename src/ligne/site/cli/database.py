"""Commands need the database: the one that runs, or the embedded one started for as long as the command lasts."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from ligne.kit import postgres, processes
from ligne.site import env


@contextlib.contextmanager
def started() -> Iterator[None]:
    """Within this block the embedded database answers, whether `ligne run` has it or we start it. Nothing with
    DATABASE_URL."""
    if os.environ.get("DATABASE_URL"):
        yield
        return
    home = env.home()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    probe = processes.Hold(home / "pg.lock")
    try:
        probe.take()
    except processes.Held:
        yield
        return
    probe.let_go()
    with postgres.Server(home):
        yield


@contextlib.contextmanager
def reachable() -> Iterator[None]:
    """As `started`, with Django ready."""
    with started():
        import django
        from django.db import connections

        django.setup()
        try:
            yield
        finally:
            connections.close_all()


def server_major() -> int:
    """The major version of Django's database server, such as 18."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10000
