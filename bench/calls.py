"""P15: calls set up a second through the controller, beside the bare exchange on the same machine.

SIPp is the carrier: it calls at a steady rate, each call is answered, stays a second and is hung up. First an
application that does nothing but answer leads the exchange; then the centre does, which finds the line, keeps the
contact, gives it a place in its queue and plays the welcome. A rate is kept up with when every call is answered, and
ninety-nine of a hundred within half a second of dialling.
"""

from __future__ import annotations

import asyncio
import csv
import os
import random
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from bench.centre import folder, free_port, started
from bench.measure import Measure
from ligne.channels.voice import pbx
from ligne.channels.voice.exchange.ari import Connection, ExchangeError, listen_for_exchanges
from ligne.channels.voice.pbx import configuration
from ligne.kit import processes
from ligne.site import env

RATES = (10, 20, 40, 60, 80, 100, 130, 160)
SECONDS, HOLD_MS, QUICK_MS = 8, 1000, 500
BAR = 0.9
LINE = "+33199000001"  # the demo's

_CALL = f"""<?xml version="1.0"?><scenario name="call">
<send retrans="500" start_rtd="1"><![CDATA[
INVITE sip:{LINE}@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:+336390[call_number]@[local_ip]:[local_port]>;tag=[pid]s[call_number]
To: <sip:{LINE}@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:carrier@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=carrier 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
]]></send>
<recv response="100" optional="true"/><recv response="180" optional="true"/><recv response="183" optional="true"/>
<recv response="200" rtd="1" rrs="true"/>
<send><![CDATA[
ACK sip:{LINE}@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:+336390[call_number]@[local_ip]:[local_port]>;tag=[pid]s[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0
]]></send>
<pause milliseconds="{HOLD_MS}"/>
<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:+336390[call_number]@[local_ip]:[local_port]>;tag=[pid]s[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0
]]></send>
<recv response="200"/>
</scenario>
"""


@dataclass(frozen=True)
class Net:
    """Addresses of one exchange and its carrier, on loopback."""

    exchange: str
    carrier: str
    sip: int
    ari: int
    http: int
    rtp: tuple[int, int]

    @classmethod
    def drawn(cls) -> Net:
        """Some that nobody uses."""
        net = f"127.{random.randint(1, 250)}.{random.randint(1, 250)}"
        first = 22_000 + 2_000 * random.randint(0, 9)
        return cls(f"{net}.1", f"{net}.2", free_port(), free_port(), free_port(), (first, first + 1_999))


def measures() -> Iterator[Measure]:
    """P15."""
    programs = pbx.fetch(env.pbx_programs())
    with _bare(programs) as net:
        bare = _most(net)
    net = Net.drawn()
    environment = {
        "LIGNE_VOICE": "asterisk",
        "LIGNE_DEMO_SCALE": "300",
        "LIGNE_PBX_PROGRAMS": str(env.pbx_programs()),
        "LIGNE_ARI_PORT": str(net.ari),
        "LIGNE_PBX_HTTP_PORT": str(net.http),
        "LIGNE_SIP_BIND": f"{net.exchange}:{net.sip}",
        "LIGNE_SIP_TRUNK": f"sip:{net.carrier}:5060",
        "LIGNE_SIP_TRUNK_FROM": net.carrier,
        "LIGNE_RTP_FIRST": str(net.rtp[0]),
        "LIGNE_RTP_LAST": str(net.rtp[1]),
    }
    with folder() as home, started(home, environment=environment):
        ours = _most(net)
    ratio = ours["kept_rate"] / bare["kept_rate"] if bare["kept_rate"] else 0.0
    yield Measure(
        "P15",
        f"calls set up a second, {SECONDS} s at each rate: answered by a bare application, and led by the centre "
        "(contact kept, place in the queue, welcome played)",
        "through the controller >= 90 % of the bare exchange; no call lost",
        {"bare": bare, "centre": ours, "ratio": round(ratio, 2), "load_average": round(os.getloadavg()[0], 1)},
        ratio >= BAR,
    )


def _most(net: Net) -> dict[str, Any]:
    """The highest rate that is kept up with, its times, and the first that is too much."""
    _until_it_answers(net)
    kept: dict[str, Any] = {"kept_rate": 0}
    for rate in RATES:
        found = _calls(net, rate, rate * SECONDS)
        if found["failed"] or found["p99_ms"] > QUICK_MS:
            return kept | {"too_much": found | {"rate": rate}}
        kept = {"kept_rate": rate} | found
    return kept


def _until_it_answers(net: Net) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if not _calls(net, 1, 1)["failed"]:
            return
        time.sleep(1)
    raise RuntimeError("the exchange answers no call")


def _calls(net: Net, rate: int, count: int) -> dict[str, Any]:
    place = Path(mkdtemp(prefix="bench-calls-"))
    try:
        (place / "call.xml").write_text(_CALL)
        done = subprocess.run(
            [
                *("sipp", "-sf", "call.xml", f"{net.exchange}:{net.sip}", "-i", net.carrier, "-p", str(free_port())),
                *("-mi", net.carrier, "-r", str(rate), "-m", str(count), "-l", "4000", "-timeout", "60s"),
                *("-recv_timeout", "8000", "-nostdin", "-trace_rtt", "-rtt_freq", "1", "-trace_stat"),
            ],
            cwd=place, capture_output=True, text=True, check=False,
        )  # fmt: skip
        times = sorted(
            float(row[1]) for file in place.glob("*_rtt.csv") for row in csv.reader(file.open(), delimiter=";") if
            row and row[0].replace(".", "").isdigit()
        )  # fmt: skip
        failed = count - len(times) if done.returncode in (0, 1) else count
        return {
            "calls": count,
            "failed": failed,
            "p50_ms": round(times[len(times) // 2], 1) if times else 0.0,
            "p99_ms": round(times[int(len(times) * 0.99)], 1) if times else 0.0,
        }
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _bare(programs: pbx.Programs) -> Iterator[Net]:
    """An exchange whose application answers, and does nothing else."""
    net = Net.drawn()
    password = f"{random.getrandbits(64):x}"
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def welcome(connection: Connection) -> None:
        tasks: set[asyncio.Task[Any]] = set()

        async def answer(channel: str) -> None:
            with suppress(ExchangeError):  # it hung up meanwhile
                await connection.ask("POST", f"channels/{channel}/answer")

        def hear(event: dict[str, Any]) -> None:
            if event.get("type") == "StasisStart":
                tasks.add(task := loop.create_task(answer(event["channel"]["id"])))
                task.add_done_callback(tasks.discard)

        await connection.listen(hear)

    asyncio.run_coroutine_threadsafe(listen_for_exchanges("127.0.0.1", net.ari, password, welcome), loop).result(10)
    with folder() as home:
        settings = configuration.Settings(
            folder=home / "pbx",
            name="bare",
            controller=f"ws://127.0.0.1:{net.ari}",
            password=password,
            http_port=net.http,
            sip_bind=f"{net.exchange}:{net.sip}",
            trunk=f"sip:{net.carrier}:5060",
            trunk_from=(net.carrier,),
            rtp=net.rtp,
        )
        command = [*programs.command, "-C", str(configuration.write(programs, settings)), "-f"]
        parent = os.getpid()
        die: Callable[[], None] = lambda: processes.die_with(parent)  # noqa: E731
        quiet = subprocess.DEVNULL
        exchange = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, preexec_fn=die)  # noqa: PLW1509
        try:
            yield net
        finally:
            exchange.terminate()
            exchange.wait(20)
            loop.call_soon_threadsafe(loop.stop)
