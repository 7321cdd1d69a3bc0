"""The live line to browsers: Server-Sent Events, thousands of them, from one LISTEN connection per process.

`ligne.kit.live.push` names a topic; here each open page is given the topics that its session has a right to, and gets
what is said on them. A page that comes back with the mark it saw last (Last-Event-ID), to this process or another, gets
what it missed, or the event `resync` when that is no longer known: it then asks for everything again.

Rooms: `door` reads the request · `gate` lets lines in and out, by the rights of `admission` · `hub` has the open lines
(`line`) and tells them · `ring` remembers what was said · `ear` hears it · `chores` keeps lines and presences alive ·
`centre` puts them together.
"""

from ligne.site.live.admission import Guest, guests, rights_changed
from ligne.site.live.centre import Live

__all__ = ["Guest", "Live", "guests", "rights_changed"]
