"""An Asterisk of our own: found or fetched, configured, run beside the other processes."""

from ligne.channels.voice.pbx.configuration import TRUNK
from ligne.channels.voice.pbx.programs import CannotFetch, Programs, fetch, found
from ligne.channels.voice.pbx.server import main

__all__ = ["TRUNK", "CannotFetch", "Programs", "fetch", "found", "main"]
