"""What is configured, missing, reachable: one finding per part."""

from __future__ import annotations

import os
import platform
import shutil
import smtplib
import socket
import sysconfig
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ligne.kit.postgres.cluster import EXTENSIONS
from ligne.site import env, keyring
from ligne.site.cli.database import server_major

OK, OFF, WRONG = "ok", "off", "wrong"
_HEARD_S = 30
_SPACE_BYTES = 1_000_000_000


@dataclass(frozen=True)
class Finding:
    """One part: "ok", "off" (not there, by choice or because the centre does not run) or "wrong"."""

    part: str
    state: str
    detail: str


def examine() -> list[Finding]:
    """Look at everything; looking changes nothing and no part's trouble hides another's."""
    import django

    django.setup()
    from ligne.site import telephone  # once Django is ready

    return [_safely(part, look) for part, look in [*_PARTS, *telephone.PARTS]]


def _safely(part: str, look: Callable[[], tuple[str, str]]) -> Finding:
    try:
        state, detail = look()
    except Exception as problem:
        state, detail = WRONG, f"{type(problem).__name__}: {str(problem).splitlines()[0] if str(problem) else ''}"
    return Finding(part, state, detail)


def _python() -> tuple[str, str]:
    import django

    told = f"Python {platform.python_version()}, Django {django.__version__}"
    built = sysconfig.get_config_var("CONFIG_ARGS")
    if built is not None and "--enable-optimizations" not in built:
        told += "; this interpreter was built without --enable-optimizations: another one is a quarter faster"
    return OK, told


def _database() -> tuple[str, str]:
    from django.db import OperationalError, connection

    try:
        connection.ensure_connection()
    except OperationalError as problem:
        if not os.environ.get("DATABASE_URL"):
            return OFF, "the embedded PostgreSQL does not run; `ligne run` starts it"
        return WRONG, str(problem).splitlines()[0]
    kind = "DATABASE_URL" if os.environ.get("DATABASE_URL") else "embedded"
    number = server_major()
    return OK if number >= 15 else WRONG, f"PostgreSQL {number}, {kind}"


def _database_answers() -> bool:
    return _database()[0] == OK


def _clock() -> tuple[str, str]:
    from ligne.kit import heartbeats

    if not _database_answers():
        return OFF, "the database does not run"
    ahead = heartbeats.set_clock()
    if ahead is None:
        return OFF, "the database took too long to compare"
    if abs(ahead) <= heartbeats.WRONG_S:
        return OK, "agrees with the database's"
    return WRONG, f"{abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} the database's, which the centre follows"


def _migrations() -> tuple[str, str]:
    from ligne.site import migrations

    if not _database_answers():
        return OFF, "the database does not run"
    return (OK, "up to date") if migrations.up_to_date() else (WRONG, "missing; run `ligne migrate`")


def _extensions() -> tuple[str, str]:
    from django.db import connection

    if not _database_answers():
        return OFF, "the database does not run"
    with connection.cursor() as cursor:
        cursor.execute("SELECT extname FROM pg_extension")
        missing = sorted(set(EXTENSIONS) - {name for (name,) in cursor.fetchall()})
    return (WRONG, f"missing: {', '.join(missing)}") if missing else (OK, ", ".join(EXTENSIONS))


def _web() -> tuple[str, str]:
    url = f"http://127.0.0.1:{env.port('LIGNE_PORT', 8000)}/healthz"
    try:
        with urllib.request.urlopen(url, timeout=5):
            return OK, f"answers on {env.public_url()}"
    except urllib.error.HTTPError as problem:
        return WRONG, f"{url} answers {problem.code}"
    except OSError:
        return OFF, f"nothing answers on {url}"


def _mail_in() -> tuple[str, str]:
    port = env.port("LIGNE_SMTP_PORT", 2525)
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as line:
            code, _ = line.noop()
    except (OSError, smtplib.SMTPException):
        return OFF, f"nothing answers on port {port}"
    return (OK if code == 250 else WRONG), f"answers on port {port}"


def _mail_out() -> tuple[str, str]:
    target = env.smtp_out(env.demo())
    if not target:
        return OFF, "LIGNE_SMTP_OUT is not set: replies wait"
    parts = urlsplit(target)
    where = f"{parts.hostname}:{parts.port or 25}"
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 25), timeout=5):
            return OK, where
    except OSError as problem:
        if parts.hostname == "127.0.0.1" and parts.port == env.port("LIGNE_SMTP_PORT", 2525):
            return OFF, "the demo's own mailbox, which does not run"
        return WRONG, f"{where}: {problem.strerror or problem}"


def _process(name: str) -> Callable[[], tuple[str, str]]:
    def look() -> tuple[str, str]:
        from ligne.kit import heartbeats

        if not _database_answers():
            return OFF, "the database does not run"
        alive = heartbeats.alive(name, _HEARD_S)
        if alive:
            return OK, f"{alive} heard within {_HEARD_S} s"
        state = OFF if _web()[0] == OFF else WRONG
        return state, f"none heard within {_HEARD_S} s"

    return look


def _jobs() -> tuple[str, str]:
    from django.db import connection

    if not _database_answers():
        return OFF, "the database does not run"
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY 1")
        counts = dict(cursor.fetchall())
    waiting, failed = counts.get("todo", 0) + counts.get("doing", 0), counts.get("failed", 0)
    return (WRONG if failed else OK), f"{waiting} waiting, {failed} failed"


def _invariants() -> tuple[str, str]:
    from ligne.kit import clock
    from ligne.kit.invariants import invariants

    if not _database_answers():
        return OFF, "the database does not run"
    if _web()[0] == OFF:
        return OFF, "the centre does not run"
    found = {one.name: sum(1 for _ in one.find(clock.now())) for one in invariants}
    broken = [f"{name} ({count})" for name, count in found.items() if count]
    return (WRONG, f"broken: {', '.join(broken)}") if broken else (OK, f"{len(found)} hold")


def _disk() -> tuple[str, str]:
    home = env.home()
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    return (OK if free >= _SPACE_BYTES else WRONG), f"{free / 1e9:.1f} GB free in {home}"


def _key() -> tuple[str, str]:
    from django.conf import settings

    home = env.home()
    if open_to_others := keyring.modes(home):
        return WRONG, f"others may read {', '.join(open_to_others)} in {home}: chmod go-rwx"
    if keyring.before(home):
        return WRONG, "another key was begun and not ended; run `ligne secrets rotate`"
    return OK, f"key {keyring.fingerprint(settings.SECRET_KEY)}"


def _hosts() -> tuple[str, str]:
    from django.conf import settings

    if "*" in settings.ALLOWED_HOSTS:
        state = OFF if env.demo() else WRONG
        return state, "answers under any name; set LIGNE_URL or LIGNE_HOSTS"
    return OK, ", ".join(settings.ALLOWED_HOSTS)


def _antivirus() -> tuple[str, str]:
    from django.conf import settings

    from ligne.kit import antivirus

    if not settings.CLAMD:
        return OFF, "LIGNE_CLAMD is not set: files are judged by their kind alone"
    return OK, antivirus.version()


def _files() -> tuple[str, str]:
    """One folder for every host: what one keeps another may be asked for."""
    from ligne.kit import sharing

    if not _database_answers():
        return OFF, "the database does not run"
    hosts = sharing.hosts()
    strangers = [name for name, sees_ours in hosts.items() if not sees_ours]
    if strangers:
        return WRONG, f"{', '.join(strangers)}: not the same folder as here ({env.home() / 'files'}); share it"
    return OK, f"one folder for {len(hosts)} hosts" if len(hosts) > 1 else str(env.home() / "files")


def _browser_files() -> tuple[str, str]:
    built = Path(__file__).parent / "static" / "built"
    missing = [name for name in ("app.js", "app.css", "icons.svg", "widget.js") if not (built / name).exists()]
    return (WRONG, f"missing: {', '.join(missing)}; run `make build`") if missing else (OK, "built")


def _translations() -> tuple[str, str]:
    code = Path(__file__).parent.parent
    sources = list(code.rglob("*.po"))
    missing = [path for path in sources if not path.with_suffix(".mo").exists()]
    if missing:
        return WRONG, f"{len(missing)} catalogues not compiled; run `make build`"
    return OK, f"{len(sources) or len(list(code.rglob('*.mo')))} catalogues"


def _demo() -> tuple[str, str]:
    if not env.demo():
        return OFF, "LIGNE_DEMO=0"
    if not _database_answers():
        return OFF, "the database does not run"
    from ligne.site import demo

    return (OK, "there is a company") if demo.exists() else (OFF, "not made yet; `ligne demo` makes it")


_PARTS: list[tuple[str, Callable[[], tuple[str, str]]]] = [
    ("python", _python),
    ("database", _database),
    ("clock", _clock),
    ("migrations", _migrations),
    ("extensions", _extensions),
    ("web", _web),
    ("mail_in", _mail_in),
    ("mail_out", _mail_out),
    ("worker", _process("worker")),
    ("router", _process("router")),
    ("mail", _process("mail")),
    ("jobs", _jobs),
    ("invariants", _invariants),
    ("disk", _disk),
    ("key", _key),
    ("hosts", _hosts),
    ("antivirus", _antivirus),
    ("files", _files),
    ("browser_files", _browser_files),
    ("translations", _translations),
    ("demo", _demo),
]
