"""The three hosts together: built, started, asked who leads."""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tools.cluster import hosts
from tools.cluster.hosts import BELOW, CENTRE, Host, until

Tell = Callable[[str], None]


class Cluster:
    """Three hosts that serve one centre."""

    def __init__(self, folder: Path) -> None:
        names = ("superuser_password", "replication_password", "rewind_password", "database_password", "demo_password")
        drawn = {name: secrets.token_hex(12) for name in (*names, "secret_key")}
        self.folder = folder
        self.secrets = drawn
        self.hosts = [Host(number, folder / f"host{number}", drawn) for number in range(1, hosts.COUNT + 1)]

    @property
    def database_url(self) -> str:
        """PostgreSQL for the harness itself, outside: every host by name, whichever leads."""
        where = ",".join(f"{host.address}:5432" for host in self.hosts)
        return f"postgresql://ligne:{self.secrets['database_password']}@{where}/ligne?target_session_attrs=read-write"

    def start(self, tell: Tell, *, customers: int) -> None:
        """Start everything from the bottom up; returns when every host serves."""
        tell("starting etcd and PostgreSQL")
        for part in ("etcd", "patroni"):
            for host in self.hosts:
                host.start(part)
        until("a leader with a synchronous replica", self.is_whole, 300)
        for host in self.hosts:
            host.start("haproxy")
            host.start("pgbouncer")
        until("the way to the leader", lambda: not self.hosts[0].ask(*self.psql(5000, "SELECT 1")).returncode, 20)
        tell(f"making the demo company on {self.leader().name}'s database")
        self.hosts[0].ligne("migrate")
        self.hosts[0].ligne("demo", "--scale", str(customers))
        tell("starting the centre's processes on three hosts")
        for host in self.hosts:
            for part in CENTRE:
                host.start(part)
        until(
            "the web on every host", lambda: all(answers(f"http://{h.address}:8000/healthz") for h in self.hosts), 120
        )

    def psql(self, port: int, sql: str) -> list[str]:
        """The command that asks `sql` on a host through its local port; hurried, so that a hanging commit shows."""
        url = f"postgresql://ligne:{self.secrets['database_password']}@127.0.0.1:{port}/ligne?connect_timeout=3"
        return ["psql", "--no-psqlrc", "--tuples-only", "--no-align", "--command", sql, url]

    # -- who leads ---------------------------------------------------------------------------------------------------

    def members(self) -> dict[str, dict[str, Any]]:
        """What the first Patroni that answers says of each host: role, state, lag."""
        for host in self.hosts:
            url = f"http://{host.address}:8008/cluster"
            with contextlib.suppress(OSError, ValueError), urllib.request.urlopen(url, timeout=2) as answer:
                return {one["name"]: one for one in json.load(answer)["members"]}
        return {}

    def roles(self) -> dict[str, int]:
        """The HTTP answer of each host's Patroni to "are you the leader": 200 for a leader, 0 for no answer."""
        return {host.name: status_of(f"http://{host.address}:8008/primary") for host in self.hosts}

    def leader(self) -> Host:
        """The host whose PostgreSQL leads."""
        found = [host for host in self.hosts if self.roles()[host.name] == 200]
        if len(found) != 1:
            raise LookupError(f"{len(found)} leaders")
        return found[0]

    def is_whole(self) -> bool:
        """One leader, one synchronous replica, everyone up and following."""
        found = self.members().values()
        roles = sorted(str(one["role"]) for one in found)
        fine = all(one["state"] in {"running", "streaming"} for one in found)
        return fine and roles == ["leader", "replica", "sync_standby"]

    def revive(self) -> None:
        """Start again what died, as systemd would."""
        for host in self.hosts:
            for part in (*BELOW, *CENTRE):
                if part not in host.running or host.running[part].poll() is not None:
                    host.start(part)


def status_of(url: str, timeout: float = 2) -> int:
    """The status of a GET, 0 when nothing answers."""
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as problem:
        return problem.code
    except OSError:
        return 0


def answers(url: str) -> bool:
    """Whether a GET is answered with 200."""
    return status_of(url) == 200


@contextlib.contextmanager
def built(keep: bool = False) -> Iterator[Cluster]:
    """Three hosts on a bridge, removed afterwards with their data unless `keep`."""
    hosts.sweep()
    folder = Path(tempfile.mkdtemp(prefix="ligne-cluster-"))
    folder.chmod(0o755)
    (folder / "files").mkdir()
    cluster = Cluster(folder)
    try:
        hosts.wire()
        for host in cluster.hosts:
            host.build()
        yield cluster
    finally:
        for host in cluster.hosts:
            host.remove()
        hosts.sweep()
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
