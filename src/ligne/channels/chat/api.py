"""What the widget calls, from any site: JSON without cookies, the caller known by the token of the conversation.

Documented for integrators in docs/integrator/chat.md. Refusals are {"error", "message", "field"} in the language of
`Accept-Language`.
"""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from ligne.channels.chat import reads, services
from ligne.channels.chat.reads import Guest
from ligne.channels.chat.rules import files as file_rules
from ligne.kit import files, http, throttle
from ligne.kit.errors import Invalid, NotFound, TooLarge
from ligne.kit.text import N_


def _guest(request: HttpRequest, public_id: UUID) -> Guest:
    return Guest(public_id=str(public_id), token=http.bearer(request))


# Doors where each try matters are counted in the whole centre, the rest in each process.
_COUNTED_EVERYWHERE = frozenset({"start", "file", "transcript"})


def _limit(request: HttpRequest, what: str, times: int, seconds: int = 60) -> None:
    count = throttle.check_everywhere if what in _COUNTED_EVERYWHERE else throttle.check
    count(f"chat.{what}", http.source(request), times=times, seconds=seconds)


@http.open_to_any_site("GET")
def queue(request: HttpRequest, slug: str) -> HttpResponse:
    """What the launcher shows before anything is said: whose chat it is, its colour, whether it is open."""
    _limit(request, "queue", 120)
    front = reads.front(slug)
    response = JsonResponse(
        {
            "queue": slug,
            "principal": front.principal_name,
            "colour": front.colour,
            "open": front.open,
            "opens_at": front.opens_at.isoformat() if front.opens_at else None,
            "max_file_bytes": file_rules.MAX_BYTES,
            "file_kinds": file_rules.KINDS,
        }
    )
    response["Cache-Control"] = "public, max-age=30"
    return response


@http.open_to_any_site("POST")
def start(request: HttpRequest) -> HttpResponse:
    """Begin a conversation with its first message; asking again with the same token changes nothing."""
    _limit(request, "start", 60, 600)
    body = http.json_of(request)
    before = body.get("previous")
    previous = (
        Guest(http.words(before, "public_id", 40), http.words(before, "token", 128))
        if isinstance(before, dict)
        else None
    )
    session = services.start(
        queue=http.words(body, "queue", 50),
        token=http.words(body, "token", 128),
        text=http.words(body, "text", 20_000),
        client_id=http.words(body, "client_id", 64),
        name=http.words(body, "name", 200),
        email=http.words(body, "email", 254),
        page_url=http.words(body, "page_url", 4000),
        page_title=http.words(body, "page_title", 4000),
        language=http.words(body, "language", 35, default="fr"),
        previous=previous,
    )
    return _news(Guest(str(session.public_id), http.words(body, "token", 128)), status=201)


@http.open_to_any_site("GET")
def news(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What happened since `cursor`; also the page's sign of life."""
    _limit(request, "news", 1200)
    guest = _guest(request, public_id)
    services.back_or_here(reads.session_of(guest))
    return _news(guest, cursor=request.GET.get("cursor", ""))


def _news(guest: Guest, *, cursor: str = "", status: int = 200) -> HttpResponse:
    answer = reads.news(reads.session_of(guest), cursor)
    response = JsonResponse(answer, status=status)
    response["Cache-Control"] = "no-store"
    return response


@http.open_to_any_site("POST")
def say(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The customer says something; the same `client_id` twice says it once."""
    _limit(request, "say", 300)
    body = http.json_of(request)
    message = services.say(
        _guest(request, public_id),
        client_id=http.words(body, "client_id", 64),
        text=http.words(body, "text", 20_000),
    )
    return JsonResponse({"id": message.pk}, status=201)


@http.open_to_any_site("POST")
def file(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The customer hands over a file, as multipart fields `file` and `client_id`."""
    _limit(request, "file", 30)
    guest = _guest(request, public_id)
    reads.session_of(guest)  # before the bytes are read
    if int(request.META.get("CONTENT_LENGTH") or 0) > file_rules.MAX_BYTES + 100_000:
        raise TooLarge(
            N_("This file is too large: at most %(megabytes)s MB. It was not sent."),
            field="file",
            megabytes=file_rules.MAX_BYTES // 1024**2,
        )
    given = request.FILES.get("file")
    if given is None:
        raise Invalid(N_("No file was received. Nothing was sent."), field="file")
    message = services.upload(
        guest,
        client_id=request.POST.get("client_id", ""),
        filename=given.name or "",
        content=given.read(),
    )
    return JsonResponse({"id": message.pk}, status=201)


@http.open_to_any_site("POST")
def typing(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The customer is typing."""
    _limit(request, "typing", 240)
    services.customer_types(_guest(request, public_id))
    return HttpResponse(status=204)


@http.open_to_any_site("POST")
def gone(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The page is being closed or reloaded; a beacon carries no header, so the token stands in the body."""
    _limit(request, "gone", 120)
    services.gone(Guest(str(public_id), http.words(http.json_of(request), "token", 128)))
    return HttpResponse(status=204)


@http.open_to_any_site("POST")
def leave(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The customer ends the conversation."""
    guest = _guest(request, public_id)
    services.leave(guest)
    return _news(guest)


@http.open_to_any_site("POST")
def transcript(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A copy by e-mail, now or at the end: {"email"} (empty: the one given at the start) -> {"sent"}."""
    _limit(request, "transcript", 10, 600)
    email = http.words(http.json_of(request), "email", 300)
    return JsonResponse({"sent": services.ask_transcript(_guest(request, public_id), email=email)})


def attachment(request: HttpRequest, link: str) -> HttpResponseBase:
    """A file of the conversation, by a signed link of the last hour; pictures are shown, the rest is downloaded."""
    found = reads.file_of(link)
    try:
        content = files.open_stored(found.sha256)
    except FileNotFoundError:
        raise NotFound from None
    inline = found.content_type in file_rules.SHOWN_INLINE
    response = FileResponse(
        content,
        filename=found.filename,
        as_attachment=not inline,
        content_type=found.content_type if inline else "application/octet-stream",
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Cache-Control"] = "private, max-age=3600"
    return response
