"""The advisors' telephones: registered with their own credentials, without a browser. Each says back what it hears, so
that a caller who hears their own tone is heard and hears."""

from __future__ import annotations

import hashlib
import re
import secrets
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

T1_S, GIVE_UP_S = 0.5, 16.0
_CRLF = "\r\n"


@dataclass
class Message:
    """A SIP request or response, as far as a telephone cares."""

    first: str
    headers: list[tuple[str, str]]

    @classmethod
    def read(cls, packet: bytes) -> Message:
        """Of what came in a packet."""
        head = packet.decode("utf-8", "replace").partition("\r\n\r\n")[0].split("\r\n")
        pairs = (line.partition(":") for line in head[1:])
        return cls(head[0], [(name.strip().lower(), value.strip()) for name, _, value in pairs])

    def get(self, name: str) -> str:
        """The first header of that name; "" without."""
        return next((value for key, value in self.headers if key == name), "")

    @property
    def method(self) -> str:
        """Of the request, or of the request that is answered."""
        return self.get("cseq").split()[-1] if self.get("cseq") else ""

    @property
    def status(self) -> int:
        """Of a response; 0 for a request."""
        return int(self.first.split()[1]) if self.first.startswith("SIP/2.0 ") else 0


@dataclass
class Ring:
    """A call at one of our telephones."""

    invite: Message
    phone: str
    tag: str = field(default_factory=lambda: secrets.token_hex(4))
    answered: bool = False
    acknowledged: bool = False
    over: bool = False


@dataclass
class _Pending:
    """A packet that is sent again until it was answered."""

    packet: bytes
    next_at: float
    until: float
    every_s: float = T1_S


class Telephones:
    """Many telephones at one address. `manner` says of each what it does when it rings: "answer" (the default),
    "ring" (nobody there) or "busy"."""

    def __init__(self, address: str, exchange: str) -> None:
        self.address = address
        host, _, port = exchange.rpartition(":")
        self.exchange = (host, int(port))
        self.manner: dict[str, str] = {}
        self.registered: set[str] = set()
        self.heard: Counter[tuple[str, int]] = Counter()  # packets of sound, by where they came from
        self._credentials: dict[str, str] = {}
        self._rings: dict[str, Ring] = {}
        self._again: dict[str, _Pending] = {}
        self._line, self._sound = (self._socket() for _ in range(2))
        self._turn = threading.RLock()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._signal, self._echo)]
        for thread in self._threads:
            thread.start()

    def _socket(self) -> socket.socket:
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_000_000)
        one.bind((self.address, 0))
        one.settimeout(0.05)
        return one

    @property
    def _at(self) -> str:
        return f"{self.address}:{self._line.getsockname()[1]}"

    def register(self, credentials: Iterable[tuple[str, str]]) -> None:
        """Register each (name, secret); `registered` tells who is."""
        for name, secret in credentials:
            self._credentials[name] = secret
            self._register(name, 1, "")
            time.sleep(0.005)

    def ringing(self) -> list[str]:
        """The telephones that ring now."""
        return [ring.phone for ring in list(self._rings.values()) if not ring.answered and not ring.over]

    def talking(self) -> list[str]:
        """The telephones that are in a call now."""
        return [ring.phone for ring in list(self._rings.values()) if ring.answered and not ring.over]

    def hang_up(self, phones: Iterable[str]) -> None:
        """These telephones end their calls."""
        wanted = set(phones)
        with self._turn:
            for call_id, ring in list(self._rings.items()):
                if ring.phone in wanted and ring.answered and not ring.over:
                    self._bye(call_id, ring)

    def close(self) -> None:
        """Be gone, without a word."""
        self._over.set()
        for thread in self._threads:
            thread.join(5)
        self._line.close()
        self._sound.close()

    # -- sound -------------------------------------------------------------------------------------------------------

    def _echo(self) -> None:
        while not self._over.is_set():
            try:
                packet, peer = self._sound.recvfrom(2048)
                self._sound.sendto(packet, peer)
            except OSError:
                continue
            self.heard[peer] += 1

    # -- signals -----------------------------------------------------------------------------------------------------

    def _signal(self) -> None:
        while not self._over.is_set():
            try:
                packet, _ = self._line.recvfrom(65_535)
            except OSError:
                packet = b""
            with self._turn:
                if packet.strip():
                    self._take(Message.read(packet))
                now = time.monotonic()
                for key, pending in list(self._again.items()):
                    if now > pending.until:
                        del self._again[key]
                    elif now >= pending.next_at:
                        pending.every_s = min(2 * pending.every_s, 4.0)
                        pending.next_at = now + pending.every_s
                        self._send(pending.packet)

    def _take(self, said: Message) -> None:
        call_id = said.get("call-id")
        if said.status:
            if said.status >= 200:
                self._again.pop(f"{said.method} {call_id}", None)
            if said.method == "REGISTER":
                self._registering(said)
            return
        ring = self._rings.get(call_id)
        method = said.first.split()[0]
        if method == "INVITE" and "tag=" in said.get("to") and ring:
            self._answer(ring, said)  # asked again within the call
        elif method == "INVITE":
            self._rung(said, call_id)
        elif method == "ACK":
            self._again.pop(f"200 {call_id}", None)
            self._again.pop(f"refusal {call_id}", None)
            if ring:
                ring.acknowledged = True
        elif method in {"BYE", "CANCEL"}:
            self._reply(said, "200 OK", ring.tag if ring else "x")
            if ring and method == "CANCEL" and not ring.answered and not ring.over:
                self._refuse(ring, "487 Request Terminated")
            elif ring:
                ring.over = True
                self._again.pop(f"200 {call_id}", None)
        else:
            self._reply(said, "200 OK", ring.tag if ring else "x")

    def _rung(self, invite: Message, call_id: str) -> None:
        if call_id in self._rings:  # sent again
            return
        phone = re.search(r"sip:([^@;>]+)", invite.first)
        ring = self._rings[call_id] = Ring(invite, phone[1] if phone else "")
        manner = self.manner.get(ring.phone, "answer")
        self._reply(invite, "180 Ringing", ring.tag)
        if manner == "answer":
            self._answer(ring, invite)
        elif manner == "busy":
            self._refuse(ring, "486 Busy Here")

    def _answer(self, ring: Ring, invite: Message) -> None:
        ring.answered = True
        host, port = self.address, self._sound.getsockname()[1]
        sdp = _CRLF.join((
            "v=0", f"o=phone 1 1 IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0", f"m=audio {port} RTP/AVP 8 101",
            "a=rtpmap:8 PCMA/8000", "a=rtpmap:101 telephone-event/8000", "a=ptime:20", "",
        ))  # fmt: skip
        self._reply(invite, "200 OK", ring.tag, sdp, again=f"200 {invite.get('call-id')}")

    def _refuse(self, ring: Ring, words: str) -> None:
        ring.over = True
        self._reply(ring.invite, words, ring.tag, again=f"refusal {ring.invite.get('call-id')}")

    def _bye(self, call_id: str, ring: Ring) -> None:
        ring.over = True
        target = re.search(r"<([^>]+)>", ring.invite.get("contact"))
        ours, theirs = ring.invite.get("to"), ring.invite.get("from")
        lines = [
            f"BYE {target[1] if target else ''} SIP/2.0",
            f"Via: SIP/2.0/UDP {self._at};branch=z9hG4bK{secrets.token_hex(6)}",
            f"From: {ours};tag={ring.tag}",
            f"To: {theirs}",
            f"Call-ID: {call_id}",
            "CSeq: 2 BYE",
            "Max-Forwards: 70",
            "Content-Length: 0",
        ]
        self._send_until_answered(f"BYE {call_id}", lines)

    def _reply(self, to: Message, words: str, tag: str, sdp: str = "", *, again: str = "") -> None:
        told = to.get("to")
        lines = [f"SIP/2.0 {words}"]
        lines += [f"{name.title()}: {value}" for name, value in to.headers if name in {"via", "record-route"}]
        lines += [
            f"From: {to.get('from')}",
            f"To: {told}" + ("" if "tag=" in told else f";tag={tag}"),
            f"Call-ID: {to.get('call-id')}",
            f"CSeq: {to.get('cseq')}",
            f"Contact: <sip:{self._at}>",
            *(["Content-Type: application/sdp"] if sdp else []),
            f"Content-Length: {len(sdp)}",
        ]
        packet = (_CRLF.join(lines) + _CRLF * 2 + sdp).encode()
        self._send(packet)
        if again:
            now = time.monotonic()
            self._again[again] = _Pending(packet, now + T1_S, now + GIVE_UP_S)

    def _send_until_answered(self, key: str, lines: list[str]) -> None:
        packet = (_CRLF.join(lines) + _CRLF * 2).encode()
        now = time.monotonic()
        self._again[key] = _Pending(packet, now + T1_S, now + GIVE_UP_S)
        self._send(packet)

    def _send(self, packet: bytes) -> None:
        self._line.sendto(packet, self.exchange)

    # -- registration ------------------------------------------------------------------------------------------------

    def _registering(self, said: Message) -> None:
        name = re.search(r"sip:([^@;>]+)@", said.get("to"))
        if not name:
            return
        if said.status == 401 and said.get("cseq").startswith("1 "):
            self._register(name[1], 2, said.get("www-authenticate"))
        elif said.status == 200:
            self.registered.add(name[1])

    def _register(self, name: str, sequence: int, challenge: str) -> None:
        uri = f"sip:{self.exchange[0]}:{self.exchange[1]}"
        lines = [
            f"REGISTER {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self._at};branch=z9hG4bK{secrets.token_hex(6)}",
            f"From: <sip:{name}@{self.exchange[0]}>;tag={name}",
            f"To: <sip:{name}@{self.exchange[0]}>",
            f"Call-ID: register-{name}-{self._at}",
            f"CSeq: {sequence} REGISTER",
            f"Contact: <sip:{name}@{self._at}>",
            "Expires: 3600",
            "Max-Forwards: 70",
            *([f"Authorization: {self._digest(name, uri, challenge)}"] if challenge else []),
            "Content-Length: 0",
        ]
        with self._turn:
            self._send_until_answered(f"REGISTER register-{name}-{self._at}", lines)

    def _digest(self, name: str, uri: str, challenge: str) -> str:
        asked = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))
        nonce, realm, once = asked["nonce"], asked["realm"], secrets.token_hex(4)
        who = _md5(f"{name}:{realm}:{self._credentials[name]}")
        proof = _md5(f"{who}:{nonce}:00000001:{once}:auth:{_md5(f'REGISTER:{uri}')}")
        opaque = f', opaque="{asked["opaque"]}"' if "opaque" in asked else ""
        return (
            f'Digest username="{name}", realm="{realm}", nonce="{nonce}", uri="{uri}", response="{proof}", '
            f'algorithm=MD5, qop=auth, nc=00000001, cnonce="{once}"{opaque}'
        )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
