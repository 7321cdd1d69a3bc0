"""The carrier: SIPp sends the calls and writes down what became of each; every caller's sound is ours."""

from __future__ import annotations

import selectors
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.channels.voice import tones

from tools.calls.callers import scenario

PACKET, ALAW = 160, 8
PACKETS_A_S = 50
# Who waits in silence still sends a packet now and then, as telephones do that spare the line.
SILENT_EVERY_S = 5.0
# How far back what a caller heard is kept, in packets.
HEARD = 100


@dataclass
class Fate:
    """What the carrier knows of one call: "answered", "refused", "unanswered", then who hung up ("us", "them")."""

    begun: str = ""
    ended: str = ""
    answer: int = 0  # the SIP status by which it was refused


class Sounds:
    """The callers' sound: each says a tone once it knows where to, those that matter now without a pause."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._sockets: dict[str, socket.socket] = {}
        self._peers: dict[str, tuple[str, int]] = {}
        self._heard: dict[str, deque[bytes]] = {}
        self._talking: set[str] = set()
        self._look = selectors.DefaultSelector()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._listen, self._speak)]

    def add(self, number: str) -> int:
        """A socket for this caller; returns its port."""
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.bind((self.address, 0))
        one.setblocking(False)
        self._sockets[number] = one
        self._look.register(one, selectors.EVENT_READ, number)
        return int(one.getsockname()[1])

    def start(self) -> None:
        """Listen and speak."""
        for thread in self._threads:
            thread.start()

    def listen_to(self, numbers: Iterable[str]) -> None:
        """Keep what these callers hear; what the others hear is not read."""
        for number in numbers:
            self._heard[number] = deque(maxlen=HEARD)
            if number in self._peers:
                self._look.register(self._sockets[number], selectors.EVENT_READ, number)

    def talk(self, numbers: Iterable[str]) -> None:
        """These callers say their tones without a pause from now on."""
        self._talking = set(numbers)

    def hears(self, number: str, frequency: float) -> float:
        """The share of a tone in what this caller heard lately; 0 when nothing came."""
        heard = [sample for packet in list(self._heard[number])[-25:] for sample in tones.from_alaw(packet)]
        return tones.strength(heard, frequency) if tones.loudness(heard) > 1e-5 else 0.0

    def tone(self, number: str) -> float:
        """What this caller says, Hz: neighbours are told apart."""
        return 350.0 + 47.0 * (list(self._sockets).index(number) % 50)

    def close(self) -> None:
        """Say and hear nothing more."""
        self._over.set()
        for thread in self._threads:
            thread.join(5)
        for one in self._sockets.values():
            one.close()

    def _listen(self) -> None:
        while not self._over.is_set():
            for key, _ in self._look.select(0.2):
                number, one = key.data, key.fileobj
                assert isinstance(one, socket.socket)
                try:
                    packet, self._peers[number] = one.recvfrom(2048)
                except OSError:
                    continue
                if number in self._heard:
                    if packet[1] & 0x7F == ALAW:
                        self._heard[number].append(packet[12:])
                else:
                    self._look.unregister(one)

    def _speak(self) -> None:
        said: dict[float, list[bytes]] = {}
        stamp, next_at = 0, time.monotonic()
        while not self._over.is_set():
            every = int(SILENT_EVERY_S * PACKETS_A_S)
            for place, (number, peer) in enumerate(list(self._peers.items())):
                if number not in self._talking and (stamp + place) % every:
                    continue
                tone = self.tone(number)
                if tone not in said:
                    coded = tones.to_alaw(tones.sine(tone, 1.0))
                    said[tone] = [coded[at : at + PACKET] for at in range(0, len(coded), PACKET)]
                head = struct.pack("!BBHII", 0x80, ALAW, stamp & 0xFFFF, stamp * PACKET & 0xFFFFFFFF, place + 1)
                try:
                    self._sockets[number].sendto(head + said[tone][stamp % PACKETS_A_S], peer)
                except OSError:
                    continue
            stamp += 1
            next_at += 1 / PACKETS_A_S
            time.sleep(max(0.0, next_at - time.monotonic()))


@dataclass
class Carrier:
    """A carrier at `address` whose calls enter the exchange at `exchange` ("host:port")."""

    address: str
    exchange: str
    line: str
    sounds: Sounds = field(init=False)
    sent: list[str] = field(default_factory=list)
    _folders: list[Path] = field(default_factory=list)
    _processes: list[tuple[subprocess.Popen[bytes], int, Sequence[str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sounds = Sounds(self.address)
        self.sounds.start()

    def call(self, numbers: Sequence[str], *, rate: int, stays_ms: int = 0, sound: bool = True) -> None:
        """Call once from each of `numbers`, `rate` calls a second. They stay until they are told to hang up (`hang_up`)
        or the centre does; with `stays_ms` they leave by themselves after that time."""
        folder = Path(tempfile.mkdtemp(prefix="ligne-calls-"))
        ports = [self.sounds.add(number) if sound else 9 for number in numbers]
        (folder / "callers.csv").write_text(
            "SEQUENTIAL\n" + "".join(f"{number};{port}\n" for number, port in zip(numbers, ports, strict=True))
        )
        (folder / "call.xml").write_text(scenario(self.line, stays_ms))
        port = _free_udp_port(self.address)
        process = subprocess.Popen(
            [
                *("sipp", self.exchange, "-sf", "call.xml", "-inf", "callers.csv", "-i", self.address, "-p", str(port)),
                *("-r", str(rate), "-m", str(len(numbers)), "-l", str(len(numbers)), "-nostdin", "-cid_str", "c%u"),
                *("-trace_logs", "-log_file", "fates.log", "-trace_err", "-error_file", "errors.log"),
                *("-recv_timeout", "3600000", "-trace_rtt", "-rtt_freq", "1"),
            ],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._folders.append(folder)
        self._processes.append((process, port, numbers))
        self.sent += numbers

    def hang_up(self, numbers: Iterable[str]) -> None:
        """These callers end their calls."""
        leaving = set(numbers)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            for _, port, called in self._processes:
                for place, number in enumerate(called, 1):
                    if number in leaving:
                        line.sendto(_ORDER.format(call=f"c{place}").encode(), (self.address, port))
                        time.sleep(0.002)  # SIPp's own buffer is small

    def fates(self) -> dict[str, Fate]:
        """What became of each call so far, by the caller's number."""
        found: dict[str, Fate] = defaultdict(Fate)
        for folder in self._folders:
            log = folder / "fates.log"
            for line in log.read_text().splitlines() if log.exists() else ():
                match line.split():
                    case ["answered", number]:
                        found[number].begun = "answered"
                    case ["refused", number, status]:
                        found[number].begun, found[number].answer = "refused", int(status)
                    case ["ended", by, number]:  # both may hang up at the same moment: who was first
                        found[number].ended = found[number].ended or by
        return found

    def times_ms(self) -> list[float]:
        """How long each call took from dialling to the answer, ascending."""
        files = [file for folder in self._folders for file in folder.glob("*_rtt.csv")]
        rows = [row.split(";") for file in files for row in file.read_text().splitlines()]
        return sorted(float(row[1]) for row in rows if row[0].replace(".", "").isdigit())

    def wait(self, patience_s: float) -> bool:
        """Whether every call ends within this time."""
        deadline = time.monotonic() + patience_s
        for process, _, _ in self._processes:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                return False
        return True

    def errors(self) -> list[str]:
        """What SIPp complained of."""
        return [
            line
            for folder in self._folders
            if (folder / "errors.log").exists()
            for line in (folder / "errors.log").read_text(errors="replace").splitlines()
        ]

    def close(self) -> None:
        """Leave nothing behind."""
        for process, _, _ in self._processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        self.sounds.close()
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)


_ORDER = (
    "INFO sip:carrier SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKcarrier\r\nFrom: <sip:carrier>;tag=c\r\n"
    "To: <sip:carrier>\r\nCall-ID: {call}\r\nCSeq: 9 INFO\r\nContent-Length: 0\r\n\r\n"
)


def _free_udp_port(address: str) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


Look = Callable[[], bool]


def eventually(look: Look, patience_s: float, every_s: float = 0.5) -> bool:
    """Whether `look` comes true within this time."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if look():
            return True
        time.sleep(every_s)
    return False
