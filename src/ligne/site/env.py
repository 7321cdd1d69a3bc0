"""Reading the environment: one function per kind of setting, one line on stderr when a value does not fit."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qsl, unquote, urlsplit


def wrong(name: str, why: str) -> NoReturn:
    """Stop with exit code 2 and one line naming the setting."""
    sys.stderr.write(f"{name}: {why}\n")
    raise SystemExit(2)


def flag(name: str, *, default: bool) -> bool:
    """A yes or no: 1/0, true/false, yes/no, oui/non."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "oui", "on"}:
        return True
    if value in {"0", "false", "no", "non", "off"}:
        return False
    wrong(name, f"“{value}” is neither 1 nor 0")


def choice(name: str, default: str, among: tuple[str, ...]) -> str:
    """One of several words."""
    value = os.environ.get(name, "").strip().lower() or default
    if value not in among:
        wrong(name, f"“{value}” is none of {', '.join(word for word in among if word)}")
    return value


def voice() -> str:
    """The telephone (LIGNE_VOICE): "" none, "asterisk" one of our own, "external" one that connects to us."""
    return choice("LIGNE_VOICE", "", ("", "asterisk", "external"))


def turn() -> tuple[str, str, str]:
    """The relay for sound: its address, user and secret; empty without one."""
    return (
        os.environ.get("LIGNE_TURN", ""),
        os.environ.get("LIGNE_TURN_USER", ""),
        os.environ.get("LIGNE_TURN_SECRET", ""),
    )


def exchanges(name: str, http_port: int) -> dict[str, str]:
    """Where each telephone exchange is found: LIGNE_ARI_HTTP ("pbx=http://10.0.0.4:8089 pbx2=http://10.0.0.5:8089", or
    one address alone, that of `name`), else this machine's."""
    given = os.environ.get("LIGNE_ARI_HTTP", "").split() or [f"http://127.0.0.1:{http_port}"]
    found = {}
    for word in given:
        of, _, address = word.rpartition("=")
        if not address.startswith(("http://", "https://")):
            wrong("LIGNE_ARI_HTTP", f"“{word}” is not NAME=http://HOST:PORT")
        found[of or name] = address.rstrip("/")
    return found


def pbx_programs() -> Path:
    """Where Asterisk is fetched to: LIGNE_PBX_PROGRAMS, else the user's cache."""
    given = os.environ.get("LIGNE_PBX_PROGRAMS")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(given).absolute() if given else cache / "ligne" / "asterisk"


def port(name: str, default: int) -> int:
    """A TCP port, 1 to 65535."""
    value = os.environ.get(name, "").strip() or str(default)
    if not value.isdigit() or not 1 <= int(value) <= 65535:
        wrong(name, f"“{value}” is not a port number")
    return int(value)


def listed(name: str, default: str) -> list[str]:
    """A comma-separated list."""
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def home() -> Path:
    """Where data lives: LIGNE_HOME, else ./var."""
    return Path(os.environ.get("LIGNE_HOME") or "var").absolute()


def demo() -> bool:
    """Whether the demo company and its customers' side exist (LIGNE_DEMO, 1 by default)."""
    return flag("LIGNE_DEMO", default=True)


def web_processes() -> int:
    """How many processes of this host share the web port (LIGNE_WEB_PROCESSES, 1 by default)."""
    value = os.environ.get("LIGNE_WEB_PROCESSES", "").strip() or "1"
    if not value.isdigit() or not 1 <= int(value) <= 64:
        wrong("LIGNE_WEB_PROCESSES", f"“{value}” is not a number from 1 to 64")
    return int(value)


def api_pace() -> int:
    """How many requests a minute one API token may make (LIGNE_API_PACE, 600 by default)."""
    value = os.environ.get("LIGNE_API_PACE", "").strip() or "600"
    if not value.isdigit() or int(value) < 12:
        wrong("LIGNE_API_PACE", f"“{value}” is not a number of requests a minute, 12 at least")
    return int(value)


def demo_scale() -> int:
    """How many customers the demo has (LIGNE_DEMO_SCALE, 3000 by default)."""
    value = os.environ.get("LIGNE_DEMO_SCALE", "").strip() or "3000"
    if not value.isdigit() or not 1 <= int(value) <= 1_000_000:
        wrong("LIGNE_DEMO_SCALE", f"“{value}” is not a number from 1 to 1000000")
    return int(value)


def secret_key(where: Path) -> str:
    """LIGNE_SECRET_KEY, else one drawn once and kept in the data folder, readable by its owner alone."""
    return os.environ.get("LIGNE_SECRET_KEY") or _kept(where / "secret_key", lambda: secrets.token_urlsafe(50))


def demo_password(where: Path) -> str:
    """LIGNE_DEMO_PASSWORD, else one drawn once and kept in the data folder, readable by its owner alone."""
    return os.environ.get("LIGNE_DEMO_PASSWORD") or _kept(where / "demo_password", lambda: secrets.token_urlsafe(9))


def _kept(path: Path, draw: Callable[[], str]) -> str:
    """What `path` holds; drawn the first time. Of two processes that draw at once, both get the first one's."""
    with contextlib.suppress(FileNotFoundError):
        return path.read_text().strip()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(draw())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    except OSError as problem:
        wrong("LIGNE_HOME", f"{path.parent} cannot be written: {problem.strerror}")
    return path.read_text().strip()


def public_url() -> str:
    """Where people open the centre: LIGNE_URL, else this machine."""
    return os.environ.get("LIGNE_URL", "").rstrip("/") or f"http://127.0.0.1:{port('LIGNE_PORT', 8000)}"


# A peer that vanished (its cable pulled, its machine off) is noticed within some 8 seconds instead of 15 minutes.
_TCP = {
    "connect_timeout": "5",
    "keepalives_idle": "3",
    "keepalives_interval": "1",
    "keepalives_count": "4",
    "tcp_user_timeout": "8000",
}


def databases(where: Path) -> dict[str, dict[str, Any]]:
    """Django's DATABASES: the leader, and with DATABASE_URL_REPLICA a replica from which reports are read."""
    found = {"default": database(where)}
    replica = os.environ.get("DATABASE_URL_REPLICA")
    if replica:
        at = _address("DATABASE_URL_REPLICA", replica, session="any")
        found["replica"] = _BASE | at | {"TEST": {"MIRROR": "default"}}
    return found


def direct() -> dict[str, Any] | None:
    """Where a session of one's own is had, round a pooler in transaction mode: DATABASE_URL_DIRECT, None without it."""
    url = os.environ.get("DATABASE_URL_DIRECT")
    return _address("DATABASE_URL_DIRECT", url, session="read-write") if url else None


# Right for a pooler in transaction mode as well: no cursor outlives its transaction, and Django prepares no statement
# on the server unless `prepare_threshold` is given.
_BASE: dict[str, Any] = {
    "ENGINE": "django.db.backends.postgresql",
    "CONN_MAX_AGE": None,
    "CONN_HEALTH_CHECKS": True,
    "ATOMIC_REQUESTS": False,
    "DISABLE_SERVER_SIDE_CURSORS": True,
}


def database(where: Path) -> dict[str, Any]:
    """Django's settings for DATABASE_URL, else for the embedded server's private socket in the data folder."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        from ligne.kit import postgres

        return _BASE | postgres.django_settings(where)
    return _BASE | _address("DATABASE_URL", url, session="read-write" if "," in urlsplit(url).netloc else "any")


def _address(name: str, url: str, *, session: str) -> dict[str, Any]:
    """NAME, USER, PASSWORD, HOST, PORT and OPTIONS of a PostgreSQL address, which may name several hosts.

    `session` is the default of `target_session_attrs`: "read-write" passes over hosts that are replicas.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        wrong(name, "it must begin with postgresql://")
    options = dict(parse_qsl(parts.query))
    who, _, where = parts.netloc.rpartition("@")
    user, _, password = who.partition(":")
    hosts, ports = _hosts(name, where)
    host = options.pop("host", "") or hosts
    if host and not host.startswith("/"):
        options = _TCP | options
    if session != "any":
        options.setdefault("target_session_attrs", session)
    return {
        "NAME": unquote(parts.path.lstrip("/")) or "ligne",
        "USER": unquote(user),
        "PASSWORD": unquote(password),
        "HOST": host,
        "PORT": options.pop("port", "") or ports,
        "OPTIONS": options,
    }


def _hosts(name: str, where: str) -> tuple[str, str]:
    """ "a:1,b:2" as libpq takes it: ("a,b", "1,2")."""
    hosts, ports = [], []
    for one in where.split(",") if where else []:
        head, closing, tail = one.rpartition("]")
        host, _, number = tail.partition(":")
        if number and not number.isdigit():
            wrong(name, f"“{number}” is not a port number")
        hosts.append(unquote((head + closing).strip("[]") if closing else host))
        ports.append(number or "5432")
    plain = not any(":" in one.rpartition("]")[2] for one in where.split(","))
    return ",".join(hosts), "" if plain else ",".join(ports)


def smtp_out(is_demo: bool) -> str:
    """Where mail goes out: LIGNE_SMTP_OUT; in the demo its own mailbox, that is our own listener."""
    given = os.environ.get("LIGNE_SMTP_OUT", "")
    if not given and is_demo:
        return f"smtp://127.0.0.1:{port('LIGNE_SMTP_PORT', 2525)}"
    return given


def configure_logging() -> None:
    """JSON lines on stderr, without secrets or message bodies."""
    from ligne.site import logs

    logs.configure()
