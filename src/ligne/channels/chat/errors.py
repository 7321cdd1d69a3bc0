"""What a chat may be refused for, by name: the widget acts on the name, people read the sentence."""

from __future__ import annotations

from ligne.kit.errors import Conflict
from ligne.kit.text import N_


class Closed(Conflict):
    """Outside the queue's hours: no conversation can begin."""

    sentence = N_("The chat is closed at the moment. Nothing was sent; you can ask to be called back.")


class Over(Conflict):
    """The conversation is over; another one may begin."""

    sentence = N_("This conversation is over. Your message was not sent; you can start a new conversation.")
