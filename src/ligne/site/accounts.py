"""How people sign in: accounts are made by an administrator, never by a visitor; every attempt leaves a trace."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from ligne.staff import services as staff
from ligne.staff.models import User


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
        if isinstance(request.user, User):
            staff.signed_out(request.user.pk)
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """A wrong password or an unknown address."""
        super().authentication_failed(request, **credentials)
        staff.sign_in_failed(str(credentials.get("email") or credentials.get("username") or ""))
