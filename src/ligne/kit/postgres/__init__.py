"""The embedded PostgreSQL server: its binaries come from a Python package, its data lives in the data folder.

One supervisor (`Server`) owns the cluster. It listens on a Unix socket in a folder that only its owner may enter, and
on no network port; the kernel vouches for who connects (peer authentication), so there is no password to keep.

`django_settings` answers without a server running: settings are read long before one starts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ligne.kit.postgres.binaries import forget_environment
from ligne.kit.postgres.cluster import APP_ROLE, DATABASE, PORT, socket_folder
from ligne.kit.postgres.errors import PostgresError
from ligne.kit.postgres.server import Server

__all__ = ["PostgresError", "Server", "connection", "django_settings", "forget_environment"]


def connection(home: Path) -> dict[str, str]:
    """How to reach the embedded server of `home`: host (the socket's folder), port, user, dbname."""
    return {"host": str(socket_folder(home)), "port": PORT, "user": APP_ROLE, "dbname": DATABASE}


def django_settings(home: Path) -> dict[str, Any]:
    """Django's NAME, USER, HOST and PORT for the embedded server of `home`. Forgets PG* variables."""
    forget_environment()
    to = connection(home)
    return {"NAME": to["dbname"], "USER": to["user"], "PASSWORD": "", "HOST": to["host"], "PORT": to["port"]}
