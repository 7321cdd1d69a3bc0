"""The verbs of the chat, for the customer's side (a `Guest`) and for the advisor's (a viewer)."""

from ligne.channels.chat.services.history import PastPage, load_history
from ligne.channels.chat.services.leaving import (
    ask_transcript,
    back_or_here,
    close,
    expire_silent,
    gone,
    leave,
)
from ligne.channels.chat.services.talking import advisor_types, customer_types, deliver, say, start, upload

__all__ = [
    "PastPage",
    "advisor_types",
    "ask_transcript",
    "back_or_here",
    "close",
    "customer_types",
    "deliver",
    "expire_silent",
    "gone",
    "leave",
    "load_history",
    "say",
    "start",
    "upload",
]
