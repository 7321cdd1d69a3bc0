"""The centre of the study: its own exchange on addresses of its own, the carrier, the advisors' telephones."""

from __future__ import annotations

import contextlib
import json
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from bench.centre import ROOT, folder, free_port, started

from ligne.kit import processes
from ligne.site import env
from tools.calls.carrier import Carrier, eventually
from tools.calls.telephones import Telephones

LINE = "+33199000001"  # the demo's
RTP = (10_000, 15_999)
_TICKS = os.sysconf("SC_CLK_TCK")


class Hands:
    """`tools.calls.floor`, asked over its standard input."""

    def __init__(self, environment: dict[str, str], errors: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tools.calls.floor"],
            env=environment | {"DJANGO_SETTINGS_MODULE": "ligne.site.settings"},
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors.open("w"), text=True,
        )  # fmt: skip

    def ask(self, *question: Any) -> Any:
        """What a verb of the floor answers."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """No more questions."""
        self._process.kill()
        self._process.wait()


@dataclass
class There:
    """Everything that takes part."""

    home: Path
    url: str
    parent: int
    http: str
    password: str
    hands: Hands
    carrier: Carrier
    phones: Telephones
    people: dict[str, int] = field(default_factory=dict)  # name of the telephone -> person

    def process(self, name: str) -> int:
        """The number of the centre's process of that name."""
        children = Path(f"/proc/{self.parent}/task/{self.parent}/children").read_text().split()
        return next((int(pid) for pid in children if processes.program(int(pid)) == f"ligne-{name}"), 0)

    def cpu_s(self) -> dict[str, float]:
        """Seconds of processor used so far by the controller and by the exchange."""
        exchange = Path(f"/proc/{self.process('pbx')}/task/{self.process('pbx')}/children").read_text().split()
        return {"controller": _used(self.process("voice")), "exchange": sum(_used(int(pid)) for pid in exchange)}

    def exchange(self, path: str) -> Any:
        """What the exchange answers over its own interface."""
        found = httpx.get(f"{self.http}/ari/{path}", auth=("ligne", self.password), timeout=30, trust_env=False)
        return found.raise_for_status().json()

    def complaints(self) -> Counter[str]:
        """What the centre's log warns of, and how often."""
        found: Counter[str] = Counter()
        for line in (self.home / "logs/ligne.log").read_text(errors="replace").splitlines():
            with contextlib.suppress(ValueError, AttributeError):
                said = json.loads(line)
                if said.get("level") in {"warning", "error", "critical"}:
                    found[f"{said.get('event')} {said.get('error') or said.get('command') or ''}".strip()] += 1
        return found


def _used(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


@contextmanager
def running(advisors: int, *, say: Any) -> Iterator[There]:
    """A centre with so many advisors whose telephones are registered."""
    net = f"127.{random.randint(1, 250)}.{random.randint(1, 250)}"
    sip, http, password = free_port(), free_port(), secrets.token_hex(12)
    with folder() as home:
        extra = home / "telephones.conf"
        extra.write_text("")
        environment = {
            "LIGNE_VOICE": "asterisk",
            "LIGNE_DEMO_SCALE": "50",
            "LIGNE_DEMO_PASSWORD": "bonjour-la-demo-42",
            "LIGNE_PBX_PROGRAMS": str(env.pbx_programs()),
            "LIGNE_PBX_EXTRA": str(extra),
            "LIGNE_ARI_PORT": str(free_port()),
            "LIGNE_ARI_PASSWORD": password,
            "LIGNE_PBX_HTTP_PORT": str(http),
            "LIGNE_SIP_BIND": f"{net}.1:{sip}",
            "LIGNE_SIP_TRUNK": f"sip:{net}.2:5060",
            "LIGNE_SIP_TRUNK_FROM": f"{net}.2",
            "LIGNE_RTP_FIRST": str(RTP[0]),
            "LIGNE_RTP_LAST": str(RTP[1]),
        }
        with started(home, environment=environment) as centre:
            say(f"ready after {centre.took_s:.0f} s")
            hands = Hands(centre.environment, home / "floor.log")
            carrier, phones = Carrier(f"{net}.2", f"{net}.1:{sip}", LINE), Telephones(f"{net}.3", f"{net}.1:{sip}")
            parent = _parent(home)
            there = There(home, centre.url, parent, f"http://127.0.0.1:{http}", password, hands, carrier, phones)
            try:
                _seat(there, advisors, extra)
                say(f"{advisors} telephones registered")
                yield there
            finally:
                phones.close()
                carrier.close()
                hands.close()


def _parent(home: Path) -> int:
    return int((home / "run.lock").read_text().split()[0])


def _seat(there: There, advisors: int, extra: Path) -> None:
    made = there.hands.ask("make", advisors, LINE)
    there.people = {name: person for person, name, _ in made}
    extra.write_text("".join(_TELEPHONE.format(name=name, secret=secret) for _, name, secret in made))
    before = there.process("pbx")
    os.kill(before, signal.SIGKILL)  # it reads its files again
    if not eventually(lambda: there.process("pbx") not in {0, before} and _answers(there), 60):
        raise RuntimeError("the exchange did not come back")
    deadline = time.monotonic() + 90
    while missing := [(n, s) for _, n, s in made if n not in there.phones.registered]:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{len(missing)} telephones are not registered")
        there.phones.register(missing)
        time.sleep(2)
    there.hands.ask("free", list(there.people.values()))
    there.hands.ask("wrap", 1)


def _answers(there: There) -> bool:
    try:
        return bool(there.exchange("applications/ligne"))
    except httpx.HTTPError:
        return False


# As the controller tells the exchange of a softphone, for a telephone that is no browser.
_TELEPHONE = """[{name}]
type=endpoint
context=softphones
disallow=all
allow=alaw
aors={name}
auth={name}
transport=udp
set_var=PJSIP_TRANSFER_HANDLING()=ari-only
[{name}]
type=aor
max_contacts=1
remove_existing=yes
[{name}]
type=auth
auth_type=userpass
username={name}
password={secret}
"""
