"""The bank of the demonstration: no money, four cards whose answers are known. It keeps what it answered, never a card.

Its ledger is a folder with a file for each payment, so that every process of a machine sees the same bank.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from ligne.channels.voice.ports import ACCEPTED, DECLINED, Answer, Card, Charge, Unreachable
from ligne.kit.text import N_

# Each is good until December 2030 with the code 123; any other card is declined.
GOOD = "4111111111111111"
POOR = "4000000000000002"  # declined: no funds
SILENT = "4000000000000119"  # the bank does not answer, and nothing is charged
FORGETFUL = "4000000000000127"  # charged, and the answer is lost on the way
EXPIRY, CODE = (2030, 12), "123"
_NOTHING = "nothing"


class DemonstrationBank:
    """`ports.PaymentProvider` without a bank."""

    label = N_("Demonstration bank")

    def __init__(self, ledger: Path) -> None:
        self._ledger = ledger

    def charge(self, charge: Charge, card: Card) -> Answer:
        """Answer as the card is known to."""
        if charge.amount.cents <= 0:
            raise ValueError("nothing to charge")
        if card.number == SILENT:
            raise Unreachable
        answer = self._written(charge.key, _decided(card))
        if card.number == FORGETFUL:
            raise Unreachable
        return answer or Answer(DECLINED, reason="closed")

    def look_up(self, key: str) -> Answer | None:
        """What the ledger says; a payment that is not there is closed, and never charged afterwards."""
        return self._written(key, None)

    def _written(self, key: str, answer: Answer | None) -> Answer | None:
        """The answer kept under `key`, which is `answer` when there was none."""
        self._ledger.mkdir(parents=True, exist_ok=True)
        state = {"state": answer.state, "receipt": answer.receipt, "reason": answer.reason} if answer else _NOTHING
        mine = self._ledger / f".{secrets.token_hex(8)}"
        mine.write_text(json.dumps(state))
        kept = self._ledger / f"{key}.json"
        try:
            os.link(mine, kept)  # the first one to write it has said it
        except FileExistsError:
            pass
        finally:
            mine.unlink()
        found = json.loads(kept.read_text())
        return None if found == _NOTHING else Answer(**found)


def _decided(card: Card) -> Answer:
    if (card.expiry_year, card.expiry_month) != EXPIRY or card.number not in {GOOD, POOR, FORGETFUL}:
        return Answer(DECLINED, reason="refused")
    if card.code != CODE:
        return Answer(DECLINED, reason="code")
    if card.number == POOR:
        return Answer(DECLINED, reason="funds")
    return Answer(ACCEPTED, receipt=f"DEMO-{secrets.token_hex(4).upper()}")
