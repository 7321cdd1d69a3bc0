"""Two exchanges on one centre: an advisor's one softphone takes the calls of both."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.channels.voice.carrier import Carrier
from tests.channels.voice.rig import CALLER, LINE, NADIA, Seat, Telephony, a_centre, facts, heard
from tests.conftest import free_port
from tests.stories.people import eventually

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("quiet")]
_HEARD = """
from ligne.kit.models import Heartbeat
print(Heartbeat.objects.filter(name="exchange:second").exists())
"""


@pytest.fixture(scope="module")
def telephony() -> Iterator[Telephony]:
    first, second = free_port(), free_port()
    known = f"pbx=http://127.0.0.1:{first} second=http://127.0.0.1:{second}"
    with a_centre(LIGNE_PBX_HTTP_PORT=str(first), LIGNE_ARI_HTTP=known) as there:
        yield there


@pytest.fixture(scope="module")
def elsewhere(telephony: Telephony) -> Iterator[Carrier]:
    """The carrier, whose calls enter the second exchange."""
    centre, host = telephony.centre, telephony.carrier.exchange.partition(":")[0]
    at = f"{host.rpartition('.')[0]}.3:{free_port()}"
    _, _, port = centre.env["LIGNE_ARI_HTTP"].rpartition(":")
    own = {"LIGNE_PBX_NAME": "second", "LIGNE_PBX_HTTP_PORT": port, "LIGNE_SIP_BIND": at,
           "LIGNE_RTP_FIRST": "31000", "LIGNE_RTP_LAST": "31199"}  # fmt: skip
    process = subprocess.Popen([sys.executable, "-m", "ligne.site.cli", "serve", "pbx"], env=centre.env | own)
    try:
        eventually(lambda: telephony.ask(_HEARD) == "True", "the second exchange heard", 30)
        there = replace(telephony.carrier, exchange=at, parties=[])
        yield there
        there.close()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def test_one_softphone_takes_the_calls_of_both(
    telephony: Telephony, carrier: Carrier, elsewhere: Carrier, seat: Seat
) -> None:
    nadia = seat("conseiller@demo.test", NADIA)
    for network, number in ((elsewhere, "+33612345678"), (carrier, "+33687654321"), (elsewhere, "+33611111111")):
        caller = network.call(LINE, caller=number, tone=CALLER)
        nadia.accept()
        heard(nadia, CALLER, "the customer heard by the advisor")
        heard(caller, NADIA, "the advisor heard by the customer")
        nadia.act("hang_up")
        eventually(lambda who=caller: not who.on_the_line, "the customer's line free")
        nadia.wrap_up()
        assert facts(telephony)["over"]
