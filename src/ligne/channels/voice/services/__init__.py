"""The verbs of the telephone."""

from ligne.channels.voice.services.calling import Wanted, call, dial, wanted
from ligne.channels.voice.services.desk import ACTS, act, credentials, forget_callers, ready, tell_exchange
from ligne.channels.voice.services.lines import put_line
from ligne.channels.voice.services.messages import play_message
from ligne.channels.voice.services.payments import ask_bank, ask_payment, settle_forgotten, stop_payment
from ligne.channels.voice.services.recordings import drop_expired, drop_of_customer, play

__all__ = [
    "ACTS",
    "Wanted",
    "act",
    "ask_bank",
    "ask_payment",
    "call",
    "credentials",
    "dial",
    "drop_expired",
    "drop_of_customer",
    "forget_callers",
    "play",
    "play_message",
    "put_line",
    "ready",
    "settle_forgotten",
    "stop_payment",
    "tell_exchange",
    "wanted",
]
