"""Who may come in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from ligne.kit.errors import DomainError, Forbidden
from ligne.kit.viewer import Viewer

View = Callable[..., HttpResponse]


def viewer_of(request: HttpRequest) -> Viewer:
    """The request's viewer."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return viewer


def only(*roles: str) -> Callable[[View], View]:
    """Decorate a page for people of `roles` (any role when none is named); others are sent to sign in, or refused."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if roles and not viewer_of(request).has_role(*roles):
                raise Forbidden
            return view(request, *args, **kwargs)

        return wrapped

    return decorate


def sentence(error: DomainError) -> str:
    """The error's sentence in the reader's language, with its facts."""
    facts = {key: gettext(value) if isinstance(value, str) and value else value for key, value in error.facts.items()}
    text = gettext(error.sentence)
    return text % facts if facts else text
