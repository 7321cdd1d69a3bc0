"""Serving kept files so that they can neither run, nor fetch, nor be taken for a page of ours.

With LIGNE_FILES_URL they come from another host name, by an address signed for a few minutes: even a browser that
ignored every header would give them nothing of ours.
"""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.http import FileResponse, HttpResponseBase, HttpResponseRedirect

from ligne.kit import files
from ligne.kit.errors import NotFound

POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
LINK_LIVES_S = 300
_SALT = "ligne.files"


def stored(sha256: str, filename: str) -> HttpResponseBase:
    """A kept file, always downloaded and never shown: its name and type are what a stranger claims.

    Where files have a host of their own the answer leads there. Raises `NotFound` when its content is no longer there.
    """
    if settings.FILES_URL:
        signed = signing.dumps([sha256, filename[:200]], salt=_SALT, compress=True)
        return HttpResponseRedirect(f"{settings.FILES_URL}/files/{signed}/")
    return _download(sha256, filename)


def linked(signed: str) -> HttpResponseBase:
    """The file behind such an address. Raises `NotFound` when it is forged, over, or the file gone."""
    try:
        sha256, filename = signing.loads(signed, salt=_SALT, max_age=LINK_LIVES_S)
    except (signing.BadSignature, ValueError, TypeError):
        raise NotFound from None
    return _download(str(sha256), str(filename))


def _download(sha256: str, filename: str) -> HttpResponseBase:
    try:
        content = files.open_stored(sha256)
    except FileNotFoundError:
        raise NotFound from None
    response = FileResponse(content, as_attachment=True, filename=filename or "fichier")
    response["Content-Type"] = "application/octet-stream"
    response["Content-Security-Policy"] = POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response
