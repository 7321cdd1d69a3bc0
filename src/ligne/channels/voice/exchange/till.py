"""The only memory of a card: one payment's keys, from the first to the moment the provider has them."""

from __future__ import annotations

from datetime import date

from ligne.channels.voice.ports import Card
from ligne.channels.voice.rules import keying
from ligne.channels.voice.rules.flow import words
from ligne.channels.voice.rules.keying import Keying


class Till:
    """Takes the keys of one payment at a time. It is written nowhere: when its process ends, so does the payment."""

    def __init__(self) -> None:
        self._payment = ""
        self._keying = Keying()

    def open(self, payment: str) -> None:
        """Begin anew, for this payment."""
        self._payment, self._keying = payment, Keying()

    def press(self, key: str, today: date) -> words.Keyed | None:
        """Take a key ("" is silence) and say how far the card is; None when no payment is under way here."""
        if not self._payment:
            return None
        take = keying.press(self._keying, key, today) if key else keying.silence(self._keying, today)
        self._keying = take
        return words.Keyed(
            self._payment, take.step, len(take.typed), take.wrong, take.tries, take.card is not None, take.given_up
        )

    def take(self, payment: str) -> Card | None:
        """The whole card, once: it is forgotten here."""
        card = self._keying.card if payment == self._payment else None
        self.forget()
        return card

    def forget(self) -> None:
        """Keep nothing."""
        self.open("")
