"""Hosts as network namespaces on one bridge: each has its address, its hostname and its own processes."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from tools.cluster import templates

BRIDGE, NETWORK, OURS = "lignebr0", "10.66.0.0/24", "10.66.0.254"
COUNT = 3
# The centre's own name, under which its clients ask whichever host answers.
PUBLIC = "ligne.test"
PROGRAMS = ("ip", "unshare", "setpriv", "etcd", "patroni", "haproxy", "pgbouncer")
POSTGRES = Path("/usr/lib/postgresql/15/bin")
# The parts of one host in the order they start; `serve` names are the centre's processes.
BELOW = ("etcd", "patroni", "haproxy", "pgbouncer")
CENTRE = ("web", "live", "worker", "router", "mail")
AS_POSTGRES = {"patroni", "pgbouncer"}


def missing() -> list[str]:
    """What this machine lacks to build the hosts."""
    found = [name for name in PROGRAMS if shutil.which(name) is None]
    if not (POSTGRES / "postgres").exists():
        found.append("postgresql-15")
    if os.geteuid() != 0:
        found.append("root")
    return found


def address(number: int) -> str:
    """The address of host `number`, 1 to 3."""
    return f"10.66.0.{10 + number}"


def run(*command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(command, check=check, capture_output=True, text=True)


@dataclass
class Host:
    """One host: `number` 1 to 3, its folder, and what runs on it by part."""

    number: int
    folder: Path
    secrets: dict[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its hostname and the name of its namespace."""
        return f"ligne{self.number}"

    @property
    def address(self) -> str:
        """Its address on the bridge."""
        return address(self.number)

    # -- the network -------------------------------------------------------------------------------------------------

    def build(self) -> None:
        """Make the namespace, its cable to the bridge, and its configurations."""
        cable = f"veth-{self.name}"
        run("ip", "netns", "add", self.name)
        run("ip", "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        run("ip", "link", "set", cable, "master", BRIDGE, "up")
        run("ip", "-n", self.name, "address", "add", f"{self.address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            run("ip", "-n", self.name, "link", "set", device, "up")
        self._configure()

    def cut(self) -> None:
        """Pull its network cable."""
        run("ip", "link", "set", f"veth-{self.name}", "down")

    def join(self) -> None:
        """Plug the cable in again."""
        run("ip", "link", "set", f"veth-{self.name}", "up")

    def remove(self) -> None:
        """End what runs on it and remove it."""
        for pid in run("ip", "netns", "pids", self.name, check=False).stdout.split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        for process in self.running.values():
            process.wait(10)
        run("ip", "link", "del", f"veth-{self.name}", check=False)
        run("ip", "netns", "del", self.name, check=False)

    # -- configuration -----------------------------------------------------------------------------------------------

    def _configure(self) -> None:
        data, etc = self.folder / "data", self.folder / "etc"
        for place in (data, etc, data / "ligne", data / "etcd"):
            place.mkdir(parents=True)
        (data / "etcd").chmod(0o700)
        (data / "ligne" / "files").symlink_to(self.folder.parent / "files")
        facts = self._facts() | {"data": str(data), "etc": str(etc)}
        for name in templates.NAMES:
            (etc / name).write_text(templates.fill(name, facts))
        (etc / "first-database.sh").chmod(0o755)
        shutil.chown(data, "postgres", "postgres")

    def _facts(self) -> dict[str, str]:
        facts = {f"name_{n}": f"ligne{n}" for n in range(1, COUNT + 1)}
        facts |= {f"address_{n}": address(n) for n in range(1, COUNT + 1)}
        facts |= {"name": self.name, "address": self.address, "network": NETWORK, "demo": "1"}
        facts |= {"url": f"http://{PUBLIC}", "smtp_out": f"smtp://{self.address}:2525"}
        return facts | self.secrets

    def environment(self) -> dict[str, str]:
        """What the centre's processes of this host are told."""
        given = templates.environment((self.folder / "etc" / "ligne.env").read_text())
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PYTHONPATH") if name in os.environ}
        return kept | given | {"LIGNE_DEMO_PASSWORD": self.secrets["demo_password"]}

    # -- processes ---------------------------------------------------------------------------------------------------

    def start(self, part: str) -> None:
        """Start one part of the host; its output goes to a log beside its data."""
        log = (self.folder / f"{part}.log").open("ab")
        enter = ["ip", "netns", "exec", self.name, "unshare", "--uts"]
        rename = ["sh", "-c", f'hostname {self.name}; exec "$@"', "sh"]
        become = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if part in AS_POSTGRES else []
        self.running[part] = subprocess.Popen(
            [*enter, *rename, *become, *self._command(part)],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=self.folder,
            start_new_session=True,
        )
        log.close()

    def _command(self, part: str) -> list[str]:
        etc = self.folder / "etc"
        return {
            "etcd": ["etcd", "--config-file", str(etc / "etcd.yml")],
            "patroni": ["patroni", str(etc / "patroni.yml")],
            "haproxy": ["haproxy", "-db", "-f", str(etc / "haproxy.cfg")],
            "pgbouncer": ["pgbouncer", str(etc / "pgbouncer.ini")],
        }.get(part) or [sys.executable, "-m", "ligne.site.cli", "serve", part]

    def kill(self, part: str) -> None:
        """End one part as a crash does; "postgresql" is the server that Patroni started."""
        if part == "postgresql":
            pid = int((self.folder / "data" / "postgresql" / "postmaster.pid").read_text().split()[0])
            os.kill(pid, signal.SIGKILL)
            return
        process = self.running.pop(part)
        process.kill()
        process.wait(10)

    def dead(self) -> list[str]:
        """Parts that ended by themselves."""
        return [part for part, process in self.running.items() if process.poll() is not None]

    def ask(self, *command: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a command on the host to its end."""
        return subprocess.run(
            ["ip", "netns", "exec", self.name, *command],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
            cwd=self.folder,
        )

    def ligne(self, *arguments: str) -> str:
        """What a `ligne` command prints when asked on this host; fails with what it complained of."""
        done = self.ask(sys.executable, "-m", "ligne.site.cli", *arguments, timeout=300)
        if done.returncode:
            raise RuntimeError(f"ligne {' '.join(arguments)}: {done.stderr.strip()[-800:]}")
        return done.stdout


def sweep() -> None:
    """Remove what an earlier run that was killed left behind."""
    for number in range(1, COUNT + 1):
        name = f"ligne{number}"
        if (Path("/run/netns") / name).exists():
            Host(number, Path("/nonexistent"), {}).remove()
    run("ip", "link", "del", BRIDGE, check=False)


def wire() -> None:
    """Make the bridge, with an address for the clients outside."""
    run("ip", "link", "add", BRIDGE, "type", "bridge")
    run("ip", "address", "add", f"{OURS}/24", "dev", BRIDGE)
    run("ip", "link", "set", BRIDGE, "up")


def until(what: str, true: object, patience_s: float) -> None:
    """Wait until `true()`; fails saying `what` was awaited."""
    deadline = time.monotonic() + patience_s
    while not true():  # type: ignore[operator]
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {patience_s:.0f} s in vain for {what}")
        time.sleep(0.2)
