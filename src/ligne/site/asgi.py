"""The one web origin: `/live` is served here, everything else is Django behind WSGI in a pool of threads.

Each thread keeps its database connection, which Django checks at the start of a request and drops when it is broken.
"""

from __future__ import annotations

import os
from typing import Any, cast

from a2wsgi import WSGIMiddleware

from ligne.site import live
from ligne.site.wsgi import application as django

# Twice the cores is enough: a request spends its time in Python or in the database.
THREADS = int(os.environ.get("LIGNE_WEB_THREADS", "8"))
_pages: Any = WSGIMiddleware(cast("Any", django), workers=THREADS)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Serve one connection."""
    if scope["type"] == "lifespan":
        await _live_for_as_long_as_we_serve(receive, send)
    elif live.serves(scope):
        await live.hub.serve(scope, receive, send)
    else:
        await _pages(scope, receive, send)


async def only_live(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Serve nothing but `/live`, for hosts where another server has the pages."""
    if scope["type"] == "lifespan":
        await _live_for_as_long_as_we_serve(receive, send)
    else:
        await live.hub.serve(scope, receive, send)


async def _live_for_as_long_as_we_serve(receive: Any, send: Any) -> None:
    await receive()
    live.hub.open()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await live.hub.close()
    await send({"type": "lifespan.shutdown.complete"})
