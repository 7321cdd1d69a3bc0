"""The telephone network of the tests: SIPp signals as a carrier does; the sound is ours, tone by tone."""

from __future__ import annotations

import contextlib
import random
import secrets
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from tests.channels.voice import tones

PACKET = 160  # samples of 20 ms
ALAW, EVENTS = 8, 101
BEEP = 700.0  # the exchange's own tone before a message
_KEYS = "0123456789*#"

_SDP = """v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio {port} RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=ptime:20
"""

_CALLING = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="caller">
<send retrans="500"><![CDATA[
INVITE sip:{number}@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: {shown}<sip:{caller}@[local_ip]:[local_port]>;tag=[pid]t[call_number]
To: <sip:{number}@[remote_ip]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:{caller}@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

{sdp}]]></send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="183" optional="true"/>
<recv response="200" rrs="true" timeout="30000">
<action><ereg regexp="tag=[^;]*" search_in="hdr" header="To:" assign_to="1"/></action>
</recv>
<send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
[routes]
From: {shown}<sip:{caller}@[local_ip]:[local_port]>;tag=[pid]t[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
{end}
<Reference variables="1"/>
</scenario>
"""

_ANSWERING = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="called">
<recv request="INVITE" crlf="true" rrs="true">
<action>
<ereg regexp="[^ ].*" search_in="hdr" header="From:" assign_to="1"/>
<ereg regexp="[^ ].*" search_in="hdr" header="To:" assign_to="2"/>
<ereg regexp="sip:[^>]*" search_in="hdr" header="Contact:" assign_to="3"/>
</action>
</recv>
<send><![CDATA[
SIP/2.0 180 Ringing
[last_Via:]
[last_From:]
[last_To:];tag=[pid]u[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Length: 0

]]></send>
<pause milliseconds="{rings_ms}"/>
<send retrans="500"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[pid]u[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

{sdp}]]></send>
<recv request="ACK"/>
{end}
<Reference variables="1,2,3"/>
</scenario>
"""

_REFUSING = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="refusing">
<recv request="INVITE" crlf="true"/>
<send retrans="500"><![CDATA[
SIP/2.0 {answer}
[last_Via:]
[last_From:]
[last_To:];tag=[pid]u[call_number]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
<recv request="ACK"/>
</scenario>
"""

# Until the other end hangs up, or the test tells SIPp to (`Party.hang_up`).
_END = """<recv request="BYE" optional="true" next="1"/>
<recv request="INFO"/>
<send retrans="500"><![CDATA[
BYE {target} SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
[routes]
From: {us}
To: {them}
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200" next="2"/>
<label id="1"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
<label id="2"/>
"""
_CALLERS_END = _END.format(
    target="[next_url]",
    us="<sip:{caller}@[local_ip]:[local_port]>;tag=[pid]t[call_number]",
    them="<sip:{number}@[remote_ip]>;[$1]",
)
_CALLEDS_END = _END.format(target="[$3]", us="[$2];tag=[pid]u[call_number]", them="[$1]")


class Sound:
    """One party's sound over RTP: says a tone, keeps what it hears. It answers to wherever sound comes from."""

    def __init__(self, address: str, frequency: float) -> None:
        self.frequency = frequency
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 0))
        self._socket.settimeout(0.2)
        self.port = int(self._socket.getsockname()[1])
        self._peer: tuple[str, int] | None = None
        self._heard: deque[tuple[float, list[int]]] = deque(maxlen=1500)  # 30 s
        self._keys: deque[tuple[str, bool]] = deque()
        self.keys_heard, self._last_key = "", -1
        self._over = threading.Event()
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._listen, self._speak)]
        for thread in self._threads:
            thread.start()

    def press(self, keys: str, *, aloud: bool = False) -> None:
        """Press keys one after the other (RFC 4733), as a telephone does; `aloud` they sound as well."""
        self._keys.extend((key, aloud) for key in keys)

    @property
    def still_pressing(self) -> bool:
        """Whether keys are left to press."""
        return bool(self._keys)

    def since(self, seconds: float) -> list[int]:
        """The samples that came in the last `seconds`."""
        start = time.monotonic() - seconds
        return [sample for at, samples in list(self._heard) if at >= start for sample in samples]

    def close(self) -> None:
        """Say and hear no more."""
        self._over.set()
        for thread in self._threads:
            thread.join(2)
        self._socket.close()

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                packet, self._peer = self._socket.recvfrom(2048)
            except OSError:
                continue
            if packet[1] & 0x7F == EVENTS:
                self._hear_key(packet)
            elif packet[1] & 0x7F == ALAW:
                self._heard.append((time.monotonic(), tones.from_alaw(packet[12:])))

    def _hear_key(self, packet: bytes) -> None:
        stamp = struct.unpack("!I", packet[4:8])[0]
        if stamp != self._last_key and packet[12] < len(_KEYS):
            self._last_key = stamp
            self.keys_heard += _KEYS[packet[12]]

    def _speak(self) -> None:
        tone = tones.to_alaw(tones.sine(self.frequency, 1.0))
        number, stamp, source = 0, 0, random.getrandbits(32)
        next_at = time.monotonic()
        while not self._over.is_set():
            if self._peer and self._keys:
                key, aloud = self._keys.popleft()
                if aloud:
                    number, stamp = self._sound(key, number, stamp, source)
                number, stamp = self._press(key, number, stamp, source)
                next_at = time.monotonic()
            elif self._peer:
                place = stamp % len(tone)
                self._send(
                    struct.pack("!BBHII", 0x80, ALAW, number & 0xFFFF, stamp, source) + tone[place : place + PACKET]
                )
                number, stamp = number + 1, stamp + PACKET
            next_at += 0.02
            time.sleep(max(0.0, next_at - time.monotonic()))

    def _sound(self, key: str, number: int, stamp: int, source: int) -> tuple[int, int]:
        sound = tones.to_alaw(tones.key(key, 0.16))
        for place in range(0, len(sound), PACKET):
            head = struct.pack("!BBHII", 0x80, ALAW, number & 0xFFFF, stamp, source)
            self._send(head + sound[place : place + PACKET])
            number, stamp = number + 1, stamp + PACKET
            time.sleep(0.02)
        return number, stamp

    def _press(self, key: str, number: int, stamp: int, source: int) -> tuple[int, int]:
        code = _KEYS.index(key)
        for step in range(1, 11):  # 160 ms; the last three say that it is over
            ends = 0x80 if step > 7 else 0
            lasted = min(step, 8) * PACKET
            head = struct.pack("!BBHII", 0x80, EVENTS | (0x80 if step == 1 else 0), number & 0xFFFF, stamp, source)
            self._send(head + struct.pack("!BBH", code, ends | 10, lasted))
            number += 1
            time.sleep(0.02)
        time.sleep(0.1)
        return number, stamp + 15 * PACKET

    def _send(self, packet: bytes) -> None:
        peer = self._peer
        if peer:
            with contextlib.suppress(OSError):
                self._socket.sendto(packet, peer)


@dataclass
class Party:
    """Somebody on the telephone network, in a call led by SIPp."""

    sound: Sound
    process: subprocess.Popen[bytes]
    at: tuple[str, int]
    call_id: str
    folder: Path

    def hears(self, frequency: float, *, seconds: float = 0.5) -> float:
        """The share of this tone in what came lately; 0 when nothing came."""
        heard = self.sound.since(seconds)
        return tones.strength(heard, frequency) if tones.loudness(heard) > 1e-5 else 0.0

    def waits_for_the_beep(self, patience_s: float = 40) -> None:
        """Listen until the tone after which a message is taken, then until it is over."""
        deadline = time.monotonic() + patience_s
        while self.hears(BEEP, seconds=0.1) < 0.5:
            assert time.monotonic() < deadline, "no beep"
            time.sleep(0.03)
        while self.hears(BEEP, seconds=0.1) > 0.1:
            time.sleep(0.03)

    def stays(self, seconds: float) -> None:
        """Say on what they say."""
        time.sleep(seconds)

    def press(self, keys: str, *, aloud: bool = False) -> None:
        """Press keys; `aloud` they sound as well."""
        self.sound.press(keys, aloud=aloud)

    @property
    def still_pressing(self) -> bool:
        """Whether keys are left to press."""
        return self.sound.still_pressing

    @property
    def keys_heard(self) -> str:
        """The keys that the other end pressed so far."""
        return self.sound.keys_heard

    @property
    def on_the_line(self) -> bool:
        """Whether the call is still up."""
        return self.process.poll() is None

    def hang_up(self) -> None:
        """End the call as a person does."""
        order = (
            "INFO sip:rig SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKrig\r\nFrom: <sip:rig>;tag=rig\r\n"
            f"To: <sip:rig>\r\nCall-ID: {self.call_id}\r\nCSeq: 9 INFO\r\nContent-Length: 0\r\n\r\n"
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.sendto(order.encode(), self.at)
        self.process.wait(10)

    def close(self) -> None:
        """Leave nothing behind."""
        if self.on_the_line:
            try:
                self.hang_up()
            except subprocess.TimeoutExpired:  # never answered
                self.process.kill()
                self.process.wait()
        self.sound.close()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass
class Carrier:
    """A carrier at `address`, whose calls enter the exchange at `exchange` ("host:port")."""

    address: str
    port: int
    exchange: str
    parties: list[Party] = field(default_factory=list)

    def call(self, number: str, *, caller: str = "+33612345678", name: str = "", tone: float = 440) -> Party:
        """Somebody calls `number` and says `tone` once they are answered."""
        facts = {"number": number, "caller": caller, "shown": f'"{name}" ' if name else ""}
        facts["end"] = _CALLERS_END.format(**facts)
        return self._run(_CALLING, tone, facts, self.exchange, local_port=0)

    def expect(self, *, tone: float = 440, rings_ms: int = 200) -> Party:
        """Somebody outside who answers the next call to them."""
        return self._run(_ANSWERING, tone, {"end": _CALLEDS_END, "rings_ms": rings_ms}, local_port=self.port)

    def refuse(self, answer: str) -> Party:
        """Somebody outside who does not take the next call ("486 Busy Here")."""
        return self._run(_REFUSING, 440, {"answer": answer}, local_port=self.port)

    def _run(self, scenario: str, tone: float, facts: dict[str, object], *to: str, local_port: int) -> Party:
        folder = Path(tempfile.mkdtemp(prefix="ligne-sipp-"))
        sound = Sound(self.address, tone)
        path = folder / "scenario.xml"
        path.write_text(scenario.format(sdp=_SDP.format(port=sound.port), **facts))
        call_id, port = f"rig-{secrets.token_hex(8)}", local_port or _free_udp_port(self.address)
        process = subprocess.Popen(
            ["sipp", *to, "-sf", str(path), "-i", self.address, "-p", str(port), "-m", "1", "-nostdin",
             *(["-cid_str", call_id] if to else []), "-trace_err", "-error_file", str(folder / "errors.log")],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
        )  # fmt: skip
        party = Party(sound, process, (self.address, port), call_id, folder)
        self.parties.append(party)
        return party

    def close(self) -> None:
        """Everybody leaves."""
        while self.parties:
            self.parties.pop().close()


def _free_udp_port(address: str) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])
