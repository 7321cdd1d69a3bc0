"""What is broken, one thing a round, and how it is repaired."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tools.cluster.centre import Cluster
from tools.cluster.hosts import Host

# Longer than any takeover: a host stays away for so long.
AWAY_S = 25.0


@dataclass
class Round:
    """What a fault showed beside the clients' own account."""

    name: str
    began: float
    ended: float = 0.0
    refused_s: dict[str, float] = field(default_factory=dict)
    notes: dict[str, object] = field(default_factory=dict)


Fault = Callable[[Cluster, Round], None]


def leader_killed(cluster: Cluster, told: Round) -> None:
    """PostgreSQL and Patroni of the leader end at once, by kill -9."""
    host = cluster.leader()
    host.kill("patroni")
    host.kill("postgresql")
    told.notes["was"] = host.name
    time.sleep(AWAY_S)
    told.notes["now"] = cluster.leader().name
    cluster.revive()


def postgresql_killed(cluster: Cluster, told: Round) -> None:
    """PostgreSQL of the leader ends by kill -9; its Patroni lives."""
    host = cluster.leader()
    host.kill("postgresql")
    told.notes["was"] = host.name
    time.sleep(AWAY_S)
    told.notes["now"] = cluster.leader().name


def leader_cut_off(cluster: Cluster, told: Round) -> None:
    """The leader's cable is pulled. On that host somebody goes on writing through its own ports: nothing of it may be
    acknowledged and then be missing."""
    host = cluster.leader()
    told.notes["was"] = host.name
    _ask(cluster, host, 5000, "CREATE TABLE IF NOT EXISTS split_probe (number int)")
    host.cut()
    kept: list[int] = []
    until = time.monotonic() + AWAY_S
    number = leaders = 0
    while time.monotonic() < until:
        for port in (5432, 5000, 6432):
            number += 1
            if _ask(cluster, host, port, f"INSERT INTO split_probe VALUES ({number})"):
                kept.append(number)
        leaders = max(leaders, sum(status == 200 for status in cluster.roles().values()))
    told.notes["now"] = cluster.leader().name
    told.notes["leaders_seen_outside"] = leaders
    host.join()
    told.notes["acknowledged_while_cut_off"] = len(kept)
    told.notes["of_these_lost"] = _missing(cluster, kept)
    cluster.revive()


def replica_cut_off(cluster: Cluster, told: Round) -> None:
    """The synchronous replica's cable is pulled: the leader chooses the other one and goes on."""
    name = next(name for name, one in cluster.members().items() if one["role"] == "sync_standby")
    host = next(host for host in cluster.hosts if host.name == name)
    told.notes["was"] = name
    host.cut()
    time.sleep(AWAY_S)
    host.join()
    cluster.revive()


def processes_killed(cluster: Cluster, told: Round) -> None:
    """On each host in turn one of the centre's processes ends by kill -9; the active router's host loses them all."""
    for host, parts in zip(cluster.hosts, (("web", "live"), ("worker", "mail"), ("router",)), strict=True):
        for part in parts:
            host.kill(part)
    time.sleep(8)
    cluster.revive()
    time.sleep(8)


def host_crashed(cluster: Cluster, told: Round) -> None:
    """Everything on the leader's host ends at once and its cable is pulled: the machine is off."""
    host = cluster.leader()
    told.notes["was"] = host.name
    host.cut()
    for part in list(host.running):
        host.kill(part)
    with contextlib.suppress(OSError):
        host.kill("postgresql")
    time.sleep(AWAY_S)
    told.notes["now"] = cluster.leader().name
    host.join()
    cluster.revive()


FAULTS: dict[str, Fault] = {
    "leader_killed": leader_killed,
    "leader_cut_off": leader_cut_off,
    "processes_killed": processes_killed,
    "replica_cut_off": replica_cut_off,
    "postgresql_killed": postgresql_killed,
    "host_crashed": host_crashed,
}
SHORT = ("leader_killed", "leader_cut_off")


def _ask(cluster: Cluster, host: Host, port: int, sql: str) -> bool:
    """Whether `sql` was acknowledged to somebody on that host through its local `port`."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        done = host.ask(*cluster.psql(port, sql), timeout=2)
        # A commit that was cancelled while it waited for the replica is told with a warning: no acknowledgement.
        return done.returncode == 0 and "replicated" not in done.stderr
    return False


def _missing(cluster: Cluster, kept: list[int]) -> int:
    done = cluster.leader().ask(*cluster.psql(5000, "SELECT number FROM split_probe"))
    there = {int(line) for line in done.stdout.split()}
    return sum(number not in there for number in kept)
