"""Everything in one file, and back.

The file is a tar: `manifest.json`, `database.dump` (pg_dump's custom format), `files/…`, and the centre's key when that
is asked for: without it whoever takes the file cannot open the passwords sealed in it. The dump is one consistent
picture without anybody's session; files are named by their content and written before the row that names them, so that
those taken after the dump can only be too many.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ligne.kit import processes
from ligne.kit.postgres import PostgresError, binaries
from ligne.site import env, keyring
from ligne.site.cli.database import reachable, server_major

FORMAT = 1
# What a member of the tar may be called.
_OURS = re.compile(r"manifest\.json|secret_key|database\.dump|files/[0-9a-f]{2}/[0-9a-f]{64}")
# Tables whose rows are worth nothing elsewhere: a thief of the file must not find anybody signed in.
_FLEETING = ("django_session", "usersessions_usersession", "site_cache", "kit_pace", "kit_said", "kit_heartbeat")
Tell = Callable[[str], None]
# Settings that newer tools write and older servers do not know; without consequence.
_HARMLESS = re.compile(r"transaction_timeout|errors ignored on restore")


class CannotRestore(Exception):
    """The file or the place does not allow it; nothing was changed. One line says why."""


def write(path: Path, *, with_key: bool = False, tell: Tell) -> dict[str, Any]:
    """Write a backup to `path`, which appears only when it is whole; returns its manifest."""
    draft = path.with_name(path.name + ".part")
    with reachable(), tempfile.TemporaryDirectory(dir=path.absolute().parent, prefix=".ligne-backup-") as folder:
        from django.conf import settings

        from ligne.journal import services as journal

        dump = Path(folder) / "database.dump"
        tell("writing the database")
        _dump(dump)
        manifest = {
            "format": FORMAT,
            "version": version("ligne-claire"),
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "postgresql": server_major(),
            "journal_head": journal.verify().head,
            "key": keyring.fingerprint(settings.SECRET_KEY),
            "with_key": with_key,
        }
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as raw, tarfile.open(fileobj=raw, mode="w") as tar:
            _add(tar, "manifest.json", json.dumps(manifest).encode())
            if with_key:
                _add(tar, keyring.NAME, settings.SECRET_KEY.encode())
            tar.add(dump, "database.dump", recursive=False)
            _add_files(tar, Path(settings.FILES_ROOT), tell)
            raw.flush()
            os.fsync(raw.fileno())
    draft.replace(path)
    return manifest


def restore(path: Path, *, key_file: Path | None = None, force: bool, tell: Tell) -> dict[str, Any]:
    """Bring back the backup in `path`; returns its manifest.

    The key is the one in the backup, else that of `key_file`, of LIGNE_SECRET_KEY, of the data folder. Raises
    `CannotRestore` before changing anything when the file is no backup, its key is not at hand, the centre runs, or
    there is something here already and not `force`.
    """
    home = env.home()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    hold = processes.Hold(home / "run.lock")
    try:
        hold.take()
    except processes.Held:
        raise CannotRestore("the centre runs in this LIGNE_HOME; stop it first") from None
    try:
        manifest = _check(path)
        key = _key_of(path, manifest, home, key_file)
        has_files = (home / "files").exists() and any((home / "files").iterdir())
        if has_files and not force:
            raise CannotRestore(f"{home / 'files'} is not empty; restore into another LIGNE_HOME, or use --force")
        with tarfile.open(path) as tar, tempfile.TemporaryDirectory(dir=home, prefix=".restore-") as folder:
            tell("reading the file")
            tar.extractall(folder, members=[m for m in tar if _ours(m)], filter="data")
            _bring_back(Path(folder), home, key, force=force, tell=tell)
        return manifest
    finally:
        hold.let_go()


def _check(path: Path) -> dict[str, Any]:
    try:
        with tarfile.open(path) as tar:
            names = {member.name for member in tar}
            handle = tar.extractfile("manifest.json")
            manifest: dict[str, Any] = json.loads(handle.read()) if handle else {}
    except (tarfile.TarError, KeyError, ValueError, OSError):
        raise CannotRestore(f"{path} is not a whole backup") from None
    if manifest.get("format") != FORMAT or "database.dump" not in names:
        raise CannotRestore(f"{path} is not a backup that this version understands")
    return manifest


def _ours(member: tarfile.TarInfo) -> bool:
    """Whether `write` could have put it there: a plain file under one of our names. Anything else stays in the tar."""
    return member.isreg() and bool(_OURS.fullmatch(member.name))


def _key_of(path: Path, manifest: dict[str, Any], home: Path, key_file: Path | None) -> str:
    """The key that opens what is sealed in the backup. Raises `CannotRestore` when it is not at hand."""
    found = [key_file.read_text().strip()] if key_file else []
    with tarfile.open(path) as tar:
        if keyring.NAME in tar.getnames() and (handle := tar.extractfile(keyring.NAME)):
            found.append(handle.read(1000).decode("utf-8", "replace").strip())
    found.append(os.environ.get("LIGNE_SECRET_KEY", ""))
    found.append((home / keyring.NAME).read_text().strip() if (home / keyring.NAME).exists() else "")
    wanted = manifest.get("key")
    right = next((key for key in found if key and keyring.fingerprint(key) == wanted), None)
    if right is None:
        raise CannotRestore(
            "this backup does not hold the key of the centre it was made in: give that centre's secret_key with --key"
        )
    if os.environ.get("LIGNE_SECRET_KEY") not in {None, "", right}:
        raise CannotRestore("LIGNE_SECRET_KEY is not the key of the centre that this backup was made in")
    return right


def _bring_back(source: Path, home: Path, new_key: str, *, force: bool, tell: Tell) -> None:
    """The database first: it may refuse. Then the key and the files, which cannot."""
    key = home / keyring.NAME
    had_key = key.read_text() if key.exists() else None
    if not os.environ.get("LIGNE_SECRET_KEY"):
        keyring.write(key, new_key)
    try:
        with reachable():
            from ligne.site import migrations

            _empty_database(force=force)
            tell("restoring the database")
            _load(source / "database.dump")
            _forget_signs_of_life()
            migrations.migrate()
    except BaseException:
        if had_key is not None:
            keyring.write(key, had_key)
        raise
    tell("restoring the files")
    (source / "files").mkdir(exist_ok=True)
    if (home / "files").exists():
        shutil.rmtree(home / "files")
    (source / "files").replace(home / "files")


# -- files -----------------------------------------------------------------------------------------------------------


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    tar.addfile(member, io.BytesIO(content))


def _add_files(tar: tarfile.TarFile, root: Path, tell: Tell) -> None:
    found = sorted(_stored(root))
    for number, path in enumerate(found, 1):
        if number % 1000 == 0 or number == len(found):
            tell(f"writing the files: {number} of {len(found)}")
        try:
            tar.add(path, f"files/{path.relative_to(root)}", recursive=False)
        except FileNotFoundError:
            continue  # erased meanwhile: nothing names it any more


def _stored(root: Path) -> Iterator[Path]:
    return (path for path in root.rglob("*") if path.is_file() and not path.name.startswith("tmp"))


# -- the database ----------------------------------------------------------------------------------------------------


def _tool(name: str) -> str:
    """pg_dump or pg_restore of the server's own version when this machine has it, else the newest that we bring."""
    major = server_major()
    if os.environ.get("DATABASE_URL"):
        candidate = Path(f"/usr/lib/postgresql/{major}/bin/{name}")
        if candidate.exists():
            return str(candidate)
    return str(binaries.programs() / name)


def _reach() -> tuple[list[str], dict[str, str]]:
    """Arguments and environment by which PostgreSQL's tools reach Django's database, round a pooler; the password stays
    unseen."""
    from ligne.kit import database

    to = database.session_parameters()
    arguments = ["--dbname", str(to["dbname"]), "--no-password"]
    for option, key in (("--host", "host"), ("--port", "port"), ("--username", "user")):
        if to.get(key):
            arguments += [option, str(to[key])]
    environment = binaries.clean_environment() | ({"PGPASSWORD": str(to["password"])} if to.get("password") else {})
    for key in ("sslmode", "sslrootcert", "sslcert", "sslkey", "target_session_attrs"):
        if to.get(key):
            environment[f"PG{key.replace('_', '').upper()}"] = str(to[key])
    return arguments, environment


def _dump(to: Path) -> None:
    arguments, environment = _reach()
    done = subprocess.run(
        [
            _tool("pg_dump"),
            *arguments,
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            "--no-comments",
            *(f"--exclude-table-data={table}" for table in _FLEETING),
            f"--file={to}",
        ],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise PostgresError(f"the database could not be written: {done.stderr.strip().splitlines()[-1]}")


def _load(dump: Path) -> None:
    arguments, environment = _reach()
    done = subprocess.run(
        [_tool("pg_restore"), *arguments, "--no-owner", "--no-privileges", "--no-comments", str(dump)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    errors = [line for line in done.stderr.splitlines() if "error:" in line and not _HARMLESS.search(line)]
    if errors:
        raise PostgresError(f"the database could not be restored: {errors[0]}")


def _forget_signs_of_life() -> None:
    """Processes that were heard when the backup was made are not here."""
    from ligne.kit.models import Heartbeat

    Heartbeat.objects.all().delete()


def _empty_database(*, force: bool) -> None:
    """Make sure that the database is empty. Raises `CannotRestore` when it is not, unless `force` and nobody works."""
    from django.db import connection, connections

    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        if "kit_heartbeat" in tables:
            cursor.execute("SELECT count(*) FROM kit_heartbeat WHERE at > now() - interval '20 s'")
            if cursor.fetchone()[0]:
                raise CannotRestore("processes of the centre were heard on this database just now; stop them first")
        if tables and not force:
            raise CannotRestore("the database is not empty; restore into another one, or use --force")
        if tables:
            cursor.execute("DROP SCHEMA public CASCADE")
            cursor.execute("CREATE SCHEMA public")
    connections.close_all()
