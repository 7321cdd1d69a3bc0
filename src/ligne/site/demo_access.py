"""How one signs in to the demo: four people, one password, chosen by LIGNE_DEMO_PASSWORD or drawn once.

The demo's password is not held to the rules for real ones: who names one gets it. It is kept in the data folder, so
that every start can print it.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.contrib.auth.hashers import make_password

from ligne.site import demo, env
from ligne.staff.models import User

SIGN_INS = ("conseiller@demo.test", "superviseur@demo.test", "qualite@demo.test", "admin@demo.test")
_DOMAIN = "@demo.test"


def make(home: Path, scale: int) -> None:
    """Make the demo company; its people sign in with the demo's password."""
    demo.make_all(secrets.token_urlsafe(18), scale)
    _give(env.demo_password(home))
    _keep(home, env.demo_password(home))


def sign_ins(home: Path) -> list[tuple[str, str]]:
    """Address and password of the demo's people who are here; a password that was named anew becomes theirs."""
    here = set(User.objects.filter(email__in=SIGN_INS).values_list("email", flat=True))
    if not here:
        return []
    before = _kept(home)
    password = env.demo_password(home)
    if password != before:
        _give(password)
        _keep(home, password)
    return [(email, password) for email in SIGN_INS if email in here]


def _give(password: str) -> None:
    User.objects.filter(email__endswith=_DOMAIN).update(password=make_password(password))


def _kept(home: Path) -> str | None:
    try:
        return (home / "demo_password").read_text().strip()
    except FileNotFoundError:
        return None


def _keep(home: Path, password: str) -> None:
    draft = home / ".demo_password.new"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        handle.write(password)
    draft.replace(home / "demo_password")
