"""Files under a host name of their own (LIGNE_FILES_URL), by addresses that a page gave for a few minutes."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from ligne.kit import downloads


@require_safe
def file(request: HttpRequest, signed: str) -> HttpResponseBase:
    """One file. Answers under that host alone: under ours it would be somebody else's content at our address."""
    if not settings.FILES_URL or request.get_host() != urlsplit(settings.FILES_URL).netloc:
        raise Http404
    return downloads.linked(signed)
