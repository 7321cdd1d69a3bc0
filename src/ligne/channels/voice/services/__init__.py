"""The verbs of the telephone."""

from ligne.channels.voice.services.desk import ACTS, act, credentials, dial, ready, tell_exchange

__all__ = ["ACTS", "act", "credentials", "dial", "ready", "tell_exchange"]
