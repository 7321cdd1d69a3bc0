"""The rig: a centre with its own Asterisk, SIPp as its carrier, Chromium with a microphone that says a tone."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from ligne.channels.voice import pbx
from ligne.kit import processes
from ligne.site import env
from tests.channels.voice import tones
from tests.channels.voice.carrier import Carrier, Party
from tests.conftest import CHROMIUM_FLAGS, Centre, free_port
from tests.stories.people import PATIENCE_MS, Desk, eventually

LINE = "+33199000001"  # the demo's first line
SHARE = 0.5  # of what is heard, for a tone to be heard
CALLER = 440.0
NADIA, YANIS, CLAIRE = 700.0, 950.0, 1250.0  # what each one's microphone says

# What cleans a voice takes a tone away little by little: the rig asks for the microphone as it is.
_EARS = """
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
window.lcMicrophones = [];
window.lcNoMicrophone = "";
navigator.mediaDevices.getUserMedia = async ({ audio, ...others }) => {
  if (window.lcNoMicrophone) throw new DOMException("", window.lcNoMicrophone);
  const stream = await ask({ audio: audio && { ...(audio === true ? {} : audio), ...plain }, ...others });
  window.lcMicrophones.push(stream);
  return stream;
};
window.lcSockets = [];
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    window.lcSockets.push(this);
  }
};
window.lcHeard = [];
window.lcSounds = [];
window.Audio = class extends Audio {
  constructor(...given) {
    super(...given);
    window.lcSounds.push(this);
  }
};
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) {
    super(...given);
    this.addEventListener("track", (event) => window.lcHeard.push(event.track));
  }
};
"""
_HEARS = """async ([tone, wait]) => {
  const heard = window.lcSounds.filter((one) => one.srcObject && !one.muted);
  const loud = heard.flatMap((one) => one.srcObject.getAudioTracks());
  const live = (tracks) => tracks.filter((one) => one.readyState === "live").pop();
  const track = live(loud) ?? (window.lcSounds.some((one) => one.srcObject) ? null : live(window.lcHeard));
  if (!track) return 0;
  const context = new AudioContext();
  await context.resume();
  const ear = context.createAnalyser();
  ear.fftSize = 16384;
  ear.smoothingTimeConstant = 0;
  context.createMediaStreamSource(new MediaStream([track])).connect(ear);
  await new Promise((done) => setTimeout(done, wait));
  const bins = new Float32Array(ear.frequencyBinCount);
  ear.getFloatFrequencyData(bins);
  const width = context.sampleRate / ear.fftSize;
  let all = 0, mine = 0;
  bins.forEach((decibels, bin) => {
    const power = decibels === -Infinity ? 0 : 10 ** (decibels / 10);
    all += power;
    if (Math.abs(bin * width - tone) < 25) mine += power;
  });
  await context.close();
  return all > 1e-7 ? mine / all : 0;
}"""

_UNPLUG = """() => {
  const tracks = window.lcMicrophones.flatMap((one) => one.getAudioTracks());
  const track = tracks.filter((one) => one.readyState === "live").pop();
  track.stop();
  track.dispatchEvent(new Event("ended"));
}"""

# Listens from now on, and keeps the loudest that each tone was.
_LISTEN = """(tones) => {
  const track = window.lcHeard.filter((one) => one.readyState === "live").pop();
  const context = new AudioContext();
  const ear = context.createAnalyser();
  ear.fftSize = 4096;
  ear.smoothingTimeConstant = 0;
  context.createMediaStreamSource(new MediaStream([track])).connect(ear);
  const bins = new Float32Array(ear.frequencyBinCount);
  const most = Object.fromEntries(tones.map((tone) => [tone, -200]));
  const width = context.sampleRate / ear.fftSize;
  const timer = setInterval(() => {
    ear.getFloatFrequencyData(bins);
    for (const tone of tones) {
      const at = Math.round(tone / width);
      most[tone] = Math.max(most[tone], ...[-1, 0, 1].map((by) => Math.max(bins[at + by], -200)));
    }
  }, 40);
  window.lcMost = () => { clearInterval(timer); void context.close(); return most; };
}"""


_HEARD = """
from ligne.kit.models import Heartbeat
beats = Heartbeat.objects.filter(name__startswith="exchange:", instance__endswith=":%d").values_list("at", flat=True)
print(any(at.timestamp() > %f for at in beats))
"""


def need_a_telephone() -> None:
    """Have Asterisk and SIPp, or say why not.

    A machine that can have no Asterisk at all (no Debian packages, none installed) skips these tests, and says so; one
    that should have it and has not fails them.
    """
    there = env.pbx_programs()
    if pbx.found(there) is None and shutil.which("apt-get") is None:
        pytest.skip("Asterisk is absent: it comes from Debian's packages, or is installed beforehand")
    try:
        pbx.fetch(there)
    except pbx.CannotFetch as reason:
        pytest.fail(f"these tests need Asterisk: {reason}")
    assert shutil.which("sipp"), "these tests need SIPp: install sip-tester"


@dataclass
class Telephony:
    """A running centre with a telephone, and the network it is joined to."""

    centre: Centre
    carrier: Carrier
    killed_at: float = 0.0

    def process(self, name: str) -> int:
        """The number of the centre's process `name` that lives now; 0 when none does."""
        assert self.centre.process is not None
        parent = self.centre.process.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return next((int(pid) for pid in children if processes.program(int(pid)) == f"ligne-{name}"), 0)

    def kill(self, name: str) -> None:
        """End a process of the centre without a word; it is started again by itself."""
        before = self.process(name)
        os.kill(before, signal.SIGKILL)
        eventually(lambda: self.process(name) not in {0, before}, f"another {name}")
        self.killed_at = time.time()  # what was heard until now may be of the one before

    def listens(self) -> bool:
        """Whether a controller takes exchanges."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", int(self.centre.env["LIGNE_ARI_PORT"]))) == 0

    def wait_for_the_exchange(self) -> None:
        """The controller that lives now hears the exchange, since something was killed."""
        heard = lambda: self.ask(_HEARD % (self.process("voice"), self.killed_at)) == "True"  # noqa: E731
        eventually(heard, "the exchange heard", 30)

    def ask(self, program: str) -> str:
        """The last line that a program says in the centre's shell."""
        return self.centre.ask(program)


@pytest.fixture(scope="session")
def telephony() -> Iterator[Telephony]:
    """`ligne run` with Asterisk, its SIP on an address of its own."""
    with a_centre() as there:
        yield there


@contextlib.contextmanager
def a_centre(**more: str) -> Iterator[Telephony]:
    """A centre with a telephone and a carrier, which ends with the block; `more` is its environment's."""
    need_a_telephone()
    home = Path(tempfile.mkdtemp(prefix="ligne-voice-"))
    net = f"127.{random.randint(1, 250)}.{random.randint(1, 250)}"
    sip, outside, first = free_port(), free_port(), 20000 + 400 * random.randint(0, 25)
    environment = {
        "LIGNE_VOICE": "asterisk",
        "LIGNE_DEMO_SCALE": "300",
        "LIGNE_PBX_PROGRAMS": str(env.pbx_programs()),
        "LIGNE_ARI_PORT": str(free_port()),
        "LIGNE_PBX_HTTP_PORT": str(free_port()),
        "LIGNE_SIP_BIND": f"{net}.1:{sip}",
        "LIGNE_SIP_TRUNK": f"sip:{net}.2:{outside}",
        "LIGNE_SIP_TRUNK_FROM": f"{net}.2",
        "LIGNE_RTP_FIRST": str(first),
        "LIGNE_RTP_LAST": str(first + 399),
    }
    running = Centre(home, environment=environment | more)
    try:
        there = Telephony(running.start(), Carrier(f"{net}.2", outside, f"{net}.1:{sip}"))
        there.ask(_LINE % (LINE, 0, ALWAYS))  # open at any hour, and recorded when a test says so
        yield there
    finally:
        running.stop()
        if os.environ.get("LIGNE_KEEP_RIG") is None:
            shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def carrier(telephony: Telephony) -> Iterator[Carrier]:
    """The telephone network; everybody hangs up at the end."""
    yield telephony.carrier
    telephony.carrier.close()


class Advisor(Desk):
    """Somebody at work with a headset whose microphone says `tone`."""

    def __init__(self, page: Page, centre: Centre, tone: float) -> None:
        super().__init__(page, centre)
        self.tone = tone

    def opened(self, contact: int) -> None:
        """The exchange is shown and in hand."""
        expect(self.page.locator(f"#exchange-{contact}[data-mine='1']")).to_be_visible(timeout=PATIENCE_MS)

    @property
    def line(self) -> Any:
        """The call beside the exchange."""
        return self.page.locator(".lc-call")

    def is_ready(self) -> None:
        """The telephone is registered."""
        expect(self.page.locator("#softphone[data-state='ready']")).to_be_visible(timeout=PATIENCE_MS)

    def state(self, state: str) -> None:
        """The softphone says so."""
        expect(self.page.locator(f"#softphone[data-state='{state}']")).to_be_visible(timeout=PATIENCE_MS)

    def act(self, name: str) -> None:
        """Press a button of the call."""
        self.line.locator(f"[data-lc-call='{name}']").click()

    def says(self, words: str) -> None:
        """The call's state, in words."""
        expect(self.line.locator("[role=status]")).to_contain_text(words, timeout=PATIENCE_MS)

    def keypad(self, keys: str) -> None:
        """Press keys on the softphone."""
        pad = self.page.locator("#softphone details.lc-keypad")
        pad.locator("summary").click()
        for key in keys:
            pad.locator(f"[data-lc-key='{key}']").click()

    def consult(self, whom: str) -> None:
        """Call a colleague by name, or a number."""
        self.act("consult")
        dialog = self.page.locator("#dialog-body")
        named = dialog.locator("#consult-person option", has_text=whom)
        expect(dialog.locator("#consult-number")).to_be_visible()
        if named.count():
            dialog.locator("#consult-person").select_option(named.get_attribute("value"))
        else:
            dialog.locator("#consult-number").fill(whom)
        dialog.locator("button[data-kind=primary]").click()

    def microphone_is(self, fault: str) -> None:
        """Let the browser have no microphone from now on, by the name of its error; "" gives it back."""
        self.page.evaluate("fault => { window.lcNoMicrophone = fault }", fault)

    def unplug(self) -> None:
        """The microphone of the call goes."""
        self.page.evaluate(_UNPLUG)

    def cut_the_wire(self) -> None:
        """The connection over which the telephone is registered is lost."""
        self.page.evaluate("window.lcSockets.forEach((one) => one.close())")

    @property
    def trouble(self) -> Any:
        """What the softphone says is the matter."""
        return self.page.locator("#softphone [data-lc-trouble]")

    @property
    def second(self) -> Any:
        """What the softphone says of the second line."""
        return self.page.locator("#softphone [data-lc-second]")

    def press(self, what: str) -> None:
        """Press a button of the softphone."""
        self.page.locator(f"#softphone [data-lc-softphone='{what}']:not([hidden])").click()

    def find(self, name: str) -> None:
        """Open somebody's file beside the desk, by the palette."""
        self.page.keyboard.press("Control+k")
        self.page.fill("#palette-input", name)
        self.page.locator("#palette-customers a", has_text=name).first.click()
        expect(self.page.locator("#customer-head")).to_contain_text(name, timeout=PATIENCE_MS)

    def answer_the_phone(self) -> None:
        """Lift the receiver of a telephone that rings."""
        self.page.locator("#softphone [data-lc-softphone='answer']").click()

    def hears(self, tone: float, *, wait_ms: int = 450) -> float:
        """The share of this tone in what the page plays now."""
        return float(self.page.evaluate(_HEARS, [tone, wait_ms]))

    def listens_for(self, frequencies: Iterable[float]) -> None:
        """Keep in mind from now on how loud each of these tones was."""
        self.page.evaluate(_LISTEN, list(frequencies))

    def most_heard(self) -> dict[float, float]:
        """How loud each was at its loudest since, in decibels; -200 is nothing at all."""
        return {float(tone): loud for tone, loud in self.page.evaluate("() => window.lcMost()").items()}

    def ask_payment(self, amount: str, reference: str) -> None:
        """Ask the customer for a card."""
        self.act("pay")
        dialog = self.page.locator("#dialog-body")
        dialog.locator("#payment-amount").fill(amount)
        dialog.locator("#payment-reference").fill(reference)
        dialog.locator("button[data-kind=primary]").click()

    def payment(self, state: str) -> Any:
        """A payment beside the call that is in this state."""
        return self.line.locator(f"[data-lc-payment='{state}']").last


Seat = Callable[..., Advisor]


@pytest.fixture(scope="session")
def browsers(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[float], Browser]]:
    """Chromium whose microphone says a tone, one for each tone."""
    open_now: dict[float, Browser] = {}
    folder = tmp_path_factory.mktemp("microphones")

    def of(tone: float) -> Browser:
        if tone not in open_now:
            said = tones.write(folder / f"{tone:.0f}.wav", tone)
            flags = [
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                f"--use-file-for-fake-audio-capture={said}",
                "--allow-loopback-in-peer-connection",
                "--autoplay-policy=no-user-gesture-required",
            ]
            path = os.environ.get("LIGNE_CHROMIUM") or browser_path()
            open_now[tone] = browser.browser_type.launch(
                executable_path=path, headless=True, args=[*CHROMIUM_FLAGS, *flags]
            )
        return open_now[tone]

    yield of
    for one in open_now.values():
        one.close()


def browser_path() -> str:
    """The machine's Chromium."""
    from tools import system

    return str(system.browser())


@pytest.fixture
def seat(telephony: Telephony, browsers: Callable[[float], Browser]) -> Iterator[Seat]:
    """Sit somebody down with their telephone: `seat("conseiller@demo.test", NADIA)`; state None leaves it as it is."""
    contexts = []
    thrown: list[str] = []

    def sit(email: str, tone: float, *, state: str | None = "available", **options: Any) -> Advisor:
        context = browsers(tone).new_context(viewport={"width": 1366, "height": 768}, locale="fr-FR", **options)
        contexts.append(context)
        context.add_init_script(_EARS)
        page = context.new_page()
        page.on("pageerror", lambda error: thrown.append(str(error)))
        page.goto(f"{telephony.centre.url}/accounts/login/")
        page.fill("input[name=login]", email)
        page.fill("input[name=password]", telephony.centre.password)
        page.click("main button[type=submit], form button[type=submit]")
        page.wait_for_url(lambda url: "/accounts/login" not in url)
        advisor = Advisor(page, telephony.centre, tone)
        advisor.is_ready()
        if state:
            advisor.be(state)
            expect(page.locator("[data-staff-bar]")).to_contain_text("Disponible", timeout=PATIENCE_MS)
        return advisor

    yield sit
    for context in contexts:
        context.close()
    assert not thrown, thrown


def heard(who: Any, tone: float, what: str) -> None:
    """`who` (an advisor or a party outside) hears this tone."""
    eventually(lambda: who.hears(tone) > SHARE, what, 15)


def silent(who: Any, tone: float) -> None:
    """`who` does not hear this tone any more."""
    eventually(lambda: who.hears(tone) < 0.05, f"{tone} Hz silent", 15)
    for _ in range(3):
        share = who.hears(tone)
        assert share < 0.05, f"{tone} Hz is heard: {share:.2f}"


_FACTS = """
import json
from ligne.channels.voice.models import VoiceCall
from ligne.contacts.models import CallBack, Contact
from ligne.journal.models import Entry
from ligne.staff.models import Presence
contact = Contact.objects.filter(channel__in=["voice", "voicemail"]).order_by("-id").first()
call = VoiceCall.objects.order_by("-started_at").first()
print(json.dumps({
    "contact": contact.pk if contact else None, "state": contact.state if contact else "",
    "channel": contact.channel if contact else "",
    "direction": contact.direction if contact else "", "number": call.number if call else "",
    "outcome": contact.outcome if contact else "", "customer": contact.customer_id if contact else None,
    "advisor": contact.advisor.email if contact and contact.advisor else "",
    "phase": call.phase if call else "", "ended_by": call.ended_by if call else "",
    "over": bool(call and call.ended_at),
    "talked": bool(call and call.talked_at), "call_contact": call.contact_id if call else None,
    "journal": list(Entry.objects.filter(subject_type="contact", subject_id=contact.pk if contact else 0)
        .order_by("id").values_list("kind", flat=True)),
    "promises": list(CallBack.objects.exclude(state__in=["kept", "cancelled"]).order_by("id")
        .values_list("phone", flat=True)),
    "presence": dict(Presence.objects.exclude(state="offline").values_list("user__email", "state")),
}))
"""


def facts(telephony: Telephony) -> dict[str, object]:
    """What the database says of the latest call and contact, and of everybody's presence."""
    return dict(json.loads(telephony.ask(_FACTS)))


def in_conversation(carrier: Carrier, seat: Seat) -> tuple[Advisor, Party, int]:
    """Nadia and somebody outside who talk, and their contact's number."""
    nadia = seat("conseiller@demo.test", NADIA)
    caller = carrier.call(LINE, tone=CALLER)
    contact = nadia.accept()
    heard(nadia, CALLER, "the customer heard by the advisor")
    heard(caller, NADIA, "the advisor heard by the customer")
    return nadia, caller, contact


_LINE = """
from ligne.channels.voice.models import Line
from ligne.routing.models import Queue
line = Line.objects.get(number=%r)
Line.objects.filter(pk=line.pk).update(recorded_share=%d)
Queue.objects.filter(slug=line.queue).update(hours=%r)
"""
ALWAYS, NEVER = {}, {"mon": []}  # type: ignore[var-annotated]


@contextlib.contextmanager
def line_is(telephony: Telephony, *, closed: bool = False, recorded: bool = False) -> Iterator[None]:
    """The line is closed, or records every call, for the calls that come within the block."""
    telephony.ask(_LINE % (LINE, 100 if recorded else 0, NEVER if closed else ALWAYS))
    time.sleep(1.2)  # a controller knows a line for a second
    try:
        yield
    finally:
        telephony.ask(_LINE % (LINE, 0, ALWAYS))
