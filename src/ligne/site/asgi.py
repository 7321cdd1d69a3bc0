"""The web origin: Django behind WSGI in a pool of threads.

Each thread keeps its database connection, which Django checks at the start of a request and drops when it is broken.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any, cast

from a2wsgi import WSGIMiddleware

from ligne.site.wsgi import application as django  # first: it makes Django ready

from ligne.site import at_once, quick, sip  # isort: skip

# Twice the cores is enough: a request spends its time in Python or in the database.
THREADS = int(os.environ.get("LIGNE_WEB_THREADS", "8"))
_pages: Any = WSGIMiddleware(cast("Any", django), workers=THREADS)
_at_once = at_once.AtOnce()
_quick = quick.Quick()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Serve one request. `/live` never comes here: the server's protocol takes it (`ligne.site.live.door`)."""
    if sip.serves(scope):
        await sip.relay(scope, receive, send)
        return
    if _quick.takes(scope):
        answer = await _at_once.answer(scope)
        if answer is None:
            answer = await asyncio.get_running_loop().run_in_executor(_pages.executor, _quick.answer, scope)
        if answer is not None:
            status, headers, body = answer
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})
            return
    await _pages(scope, receive, send)
