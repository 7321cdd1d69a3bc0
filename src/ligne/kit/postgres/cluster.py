"""The cluster on disk: whose it is, how it is made, its access files, and the folder of its socket."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ligne.kit import processes
from ligne.kit.postgres import binaries
from ligne.kit.postgres.errors import PostgresError

APP_ROLE = DATABASE = "ligne"
ADMIN_ROLE = "postgres"
PORT = "5432"
EXTENSIONS = ("pg_trgm", "unaccent", "btree_gist", "citext", "fuzzystrmatch")
# A Unix socket's path holds 103 bytes on the narrowest system; PostgreSQL adds its file name to the folder.
_LONGEST_FOLDER = 103 - len(f"/.s.PGSQL.{PORT}.lock")
_PREPARED = "ligne.prepared"
# Numbers that no distribution gives to people or services.
_PRIVATE_IDS: Sequence[int] = range(64700, 64990)


@dataclass(frozen=True, slots=True)
class Owner:
    """The user as whom the server runs. `dropped`: we are root and became this user for it."""

    uid: int
    gid: int
    dropped: bool

    def popen(self) -> dict[str, object]:
        """Arguments for subprocess that start a program as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.dropped else {}


def owner_of(data: Path) -> Owner:
    """Who runs the server of `data`: ourselves, or when we are root a user that owns nothing else.

    A cluster that exists keeps its owner. A new one made by root gets a number that no account has, so that nobody
    else on the machine is that user.
    """
    me = os.geteuid()
    existing = data.stat() if data.exists() else None
    if me != 0:
        if existing and existing.st_uid != me:
            raise PostgresError(f"{data} belongs to another user (number {existing.st_uid}); run as that user")
        return Owner(me, os.getegid(), dropped=False)
    if existing and existing.st_uid != 0:
        return Owner(existing.st_uid, existing.st_gid, dropped=True)
    number = _private_id(data)
    return Owner(number, number, dropped=True)


def _private_id(data: Path) -> int:
    start = zlib.crc32(os.fsencode(data)) % len(_PRIVATE_IDS)
    for number in [*_PRIVATE_IDS[start:], *_PRIVATE_IDS[:start]]:
        try:
            pwd.getpwuid(number)
        except KeyError:
            return number
    raise PostgresError("no free user number for the database server; run as an ordinary user or set DATABASE_URL")


def program(name: str, owner: Owner) -> str:
    """The path of one of PostgreSQL's programs that `owner` can run."""
    return str((binaries.programs_for_others() if owner.dropped else binaries.programs()) / name)


def seen_from_inside(data: Path, owner: Owner) -> str:
    """The name by which the server knows its data folder.

    After dropping privileges it may be unable to walk down to the folder (a home under /root): it is started inside
    and names it through /proc, which needs no right on the folders above.
    """
    return "/proc/self/cwd" if owner.dropped and processes.LINUX else str(data)


def create(data: Path, owner: Owner, *, sync: bool) -> None:
    """Make a new cluster; `data` appears only when it is whole."""
    draft = data.with_name(data.name + ".new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    maker = _with_a_name(owner)
    os.chown(draft, maker.uid, maker.gid)
    command = [
        program("initdb", owner),
        f"--pgdata={seen_from_inside(draft, owner)}",
        f"--username={ADMIN_ROLE}",
        "--encoding=UTF8",
        *_locale(),
        "--auth-local=peer",
        "--auth-host=reject",
        "--no-instructions",
        *([] if sync else ["--no-sync"]),
    ]
    made = subprocess.run(  # type: ignore[call-overload]  # noqa: PLW1510 - its own words say why, below
        command, cwd=draft, env=binaries.clean_environment(), capture_output=True, text=True, **maker.popen()
    )
    if made.returncode != 0:
        shutil.rmtree(draft, ignore_errors=True)
        why = (made.stderr.strip().splitlines() or ["no reason given"])[0]
        raise PostgresError(f"the database could not be made in {data}: {why}")
    if maker != owner:
        _give(draft, owner)
    draft.rename(data)


def _locale() -> list[str]:
    """Unicode's own case rules, the same on every machine; before version 18 the nearest that there is."""
    if binaries.major() >= 18:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST"]
    return ["--locale=C.UTF-8"]


def _with_a_name(owner: Owner) -> Owner:
    """Who makes the cluster: initdb, unlike the server, insists on a user that has a name."""
    if not owner.dropped:
        return owner
    try:
        pwd.getpwuid(owner.uid)
    except KeyError:
        pass
    else:
        return owner
    for name in ("games", "daemon", "bin", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Owner(entry.pw_uid, entry.pw_gid, dropped=True)
    raise PostgresError("this machine has no unprivileged account to make the database with; set DATABASE_URL")


def _give(folder: Path, owner: Owner) -> None:
    for root, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            os.chown(os.path.join(root, name), owner.uid, owner.gid, follow_symlinks=False)
    os.chown(folder, owner.uid, owner.gid)


def check_version(data: Path) -> None:
    """Refuse a cluster of another major version than our programs."""
    made_by = (data / "PG_VERSION").read_text().strip()
    ours = binaries.major()
    if made_by != str(ours):
        raise PostgresError(
            f"{data} was made by PostgreSQL {made_by} and the programs here are {ours}: "
            "restore a backup into a new LIGNE_HOME"
        )


def write_access(data: Path, owner: Owner) -> None:
    """Write who may connect: our own account and root, vouched for by the kernel, through the socket alone."""
    names = {pwd.getpwuid(0).pw_name}
    for number in {os.geteuid(), owner.uid}:
        try:
            names.add(pwd.getpwuid(number).pw_name)
        except KeyError:
            continue
    rows = [f'ligne "{name}" {role}' for name in sorted(names) for role in (APP_ROLE, ADMIN_ROLE)]
    _write(data / "pg_hba.conf", "local all all peer map=ligne\n", owner)
    _write(data / "pg_ident.conf", "\n".join(rows) + "\n", owner)


def _write(path: Path, text: str, owner: Owner) -> None:
    draft = path.with_name(path.name + ".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
    os.chown(draft, owner.uid, owner.gid)
    draft.replace(path)


def is_prepared(data: Path) -> bool:
    """Whether roles, database and extensions were made."""
    return (data / _PREPARED).exists()


def mark_prepared(data: Path, owner: Owner) -> None:
    """Remember that roles, database and extensions were made."""
    _write(data / _PREPARED, " ".join(EXTENSIONS) + "\n", owner)


# -- the socket ------------------------------------------------------------------------------------------------------


def socket_folder(home: Path) -> Path:
    """Where clients find the socket of `home`, running or not."""
    usual = home / "pg" / "run"
    if len(os.fsencode(usual)) <= _LONGEST_FOLDER:
        return usual
    try:
        return Path(_record(home).read_text().strip())
    except FileNotFoundError:
        return usual


def make_socket_folder(home: Path, owner: Owner) -> Path:
    """Make the folder of the socket, mode 0700; a short private one elsewhere when the usual path is too long."""
    usual = home / "pg" / "run"
    if len(os.fsencode(usual)) <= _LONGEST_FOLDER:
        usual.mkdir(mode=0o700, exist_ok=True)
        os.chown(usual, owner.uid, owner.gid)
        usual.chmod(0o700)
        return usual
    before = socket_folder(home)
    if before != usual and _is_private(before, owner):
        return before
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or "/nonexistent")
    base = runtime if not owner.dropped and len(str(runtime)) < 60 and os.access(runtime, os.W_OK) else None
    fresh = Path(tempfile.mkdtemp(prefix="ligne-", dir=base or "/tmp"))  # noqa: S108 - mkdtemp, mode 0700
    os.chown(fresh, owner.uid, owner.gid)
    draft = _record(home).with_suffix(".new")
    draft.write_text(f"{fresh}\n")
    draft.replace(_record(home))
    return fresh


def _record(home: Path) -> Path:
    return home / "pg.socket"


def _is_private(folder: Path, owner: Owner) -> bool:
    try:
        facts = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid == owner.uid and stat.S_IMODE(facts.st_mode) == 0o700
