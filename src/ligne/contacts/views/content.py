"""What customers sent, served so that it can neither run, nor fetch, nor be taken for a page of ours."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.clickjacking import xframe_options_sameorigin

from ligne.contacts import reads, services
from ligne.kit import downloads
from ligne.kit.errors import Refused
from ligne.kit.filetypes import VIRUS, WARNINGS
from ligne.kit.http import only, viewer_of
from ligne.kit.viewer import ADVISOR, QUALITY, SUPERVISOR

# The mail's own style is kept, nothing is fetched, nothing runs; only our own pages may frame it. The sandbox leaves it
# our origin, without scripts, so that the page around can measure it.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
    "sandbox allow-same-origin; frame-ancestors 'self'"
)
PAGE = (
    '<!doctype html><html lang="{language}"><head><meta charset="utf-8"><meta name="color-scheme" content="light">'
    "<style>body{{margin:12px;font:14px/1.5 sans-serif;color:#1b1f2a;background:#fff;overflow-wrap:anywhere}}"
    "img{{max-width:100%}}</style><title>–</title></head><body>{body}</body></html>"
)


@only(ADVISOR, SUPERVISOR, QUALITY)
@xframe_options_sameorigin
def message_html(request: HttpRequest, message_id: int) -> HttpResponse:
    """A mail's cleaned HTML, for a sandboxed frame."""
    message = reads.message(viewer_of(request), message_id)
    response = HttpResponse(PAGE.format(language=viewer_of(request).language, body=message.html))
    response["Content-Security-Policy"] = MAIL_POLICY
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    return response


@only(ADVISOR, SUPERVISOR, QUALITY)
def attachment(request: HttpRequest, attachment_id: int) -> HttpResponseBase:
    """A file of an exchange."""
    found = services.fetch(viewer_of(request), attachment_id=attachment_id)
    if found.warning == VIRUS:
        raise Refused(WARNINGS[VIRUS])
    return downloads.stored(found.sha256, found.filename)
