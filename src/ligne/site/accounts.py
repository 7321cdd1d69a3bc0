"""How people sign in: accounts are made by an administrator, never by a visitor; every attempt leaves a trace."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.adapter import DefaultMFAAdapter
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse

from ligne.kit import live, sealed
from ligne.kit.prepared import Prepared
from ligne.staff import services as staff
from ligne.staff.models import User

_PERSON = Prepared(lambda number: User.objects.filter(pk=number, is_active=True))
MFA = "mfa"
"""The purpose for which seeds of second factors are sealed."""
# After so many seconds a sign-in that was tried too often may be tried again.
_PAUSE_S = 300


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth's decisions, ours."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up by themselves."""
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        """Somebody has passed every step, the second factor included."""
        super().login(request, user)
        staff.signed_in(user.pk)

    def logout(self, request: HttpRequest) -> None:
        """Whoever signs out takes no more work, from this moment and not after a silence."""
        user = request.user
        if isinstance(user, User):
            staff.signed_out(user.pk)
        super().logout(request)
        if isinstance(user, User):
            live.push(f"user:{user.pk}", live.ACCESS)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """A wrong password or an unknown address."""
        super().authentication_failed(request, **credentials)
        staff.sign_in_failed(str(credentials.get("email") or credentials.get("username") or ""))

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        """What a form refuses. Too many tries are answered as such (`TooManyTries`), in the form that was filled in."""
        if code == "too_many_login_attempts":
            self.request.tried_too_often = True
        refusal: ValidationError = super().validation_error(code, *args)
        return refusal


class ByAddress(AuthenticationBackend):  # type: ignore[misc]
    """People sign in by their address; who a session belongs to is asked at each request."""

    def get_user(self, user_id: int) -> User | None:
        """The person; None once their account is closed."""
        return _PERSON.one(number=int(user_id))


class SecondFactor(DefaultMFAAdapter):  # type: ignore[misc]
    """Seeds of second factors, sealed at rest."""

    def encrypt(self, text: str) -> str:
        """`text` sealed."""
        return sealed.seal(MFA, text)

    def decrypt(self, encrypted_text: str) -> str:
        """What was sealed. Raises `Unavailable` when the centre's key is another."""
        return sealed.unseal(MFA, encrypted_text)


class TooManyTries:
    """Middleware: a sign-in or a code refused for too many tries keeps its page and gets the status 429."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response: HttpResponse = self.get_response(request)
        if getattr(request, "tried_too_often", False):
            response.status_code = 429
            response["Retry-After"] = str(_PAUSE_S)
        return response


def closed(request: HttpRequest, **_: str) -> HttpResponse:
    """An address of the sign-in library that this centre does not offer."""
    raise Http404
