"""Another key in the place of the centre's: everything that was sealed with the old one is sealed with the new.

An interruption at any moment loses nothing: both keys are kept until the last secret is sealed anew, and doing it again
ends it.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.db import models, transaction

from ligne.kit import sealed
from ligne.site import keyring

Tell = Callable[[str], object]


class CannotRotate(Exception):
    """The place does not allow it; nothing was changed. One line says why."""


def rotate(home: Path, tell: Tell) -> int:
    """Draw another key and seal everything with it; returns how many secrets were sealed anew.

    For a centre that does not run: its processes know the key they were started with. Raises `CannotRotate`.
    """
    if os.environ.get("LIGNE_SECRET_KEY"):
        if not settings.SECRET_KEY_FALLBACKS:
            raise CannotRotate(
                "the key comes from LIGNE_SECRET_KEY: put a new one there and the old one into "
                "LIGNE_SECRET_KEY_BEFORE, then run this again"
            )
    elif not (home / keyring.BEFORE).exists():
        tell("drawing another key")
        keyring.write(home / keyring.BEFORE, settings.SECRET_KEY)
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = secrets.token_urlsafe(50)
        keyring.write(home / keyring.NAME, settings.SECRET_KEY)
    else:
        tell("ending what was begun")
    done = _reseal(tell)
    (home / keyring.BEFORE).unlink(missing_ok=True)
    return done


def _reseal(tell: Tell) -> int:
    done = 0
    with transaction.atomic():
        for model, field, purpose in columns():
            rows = model._default_manager.exclude(**{field: ""}).select_for_update()
            for row in rows:
                setattr(row, field, sealed.reseal(purpose, getattr(row, field)))
                row.save(update_fields=[field])
                done += 1
            tell(f"{model._meta.label}: {len(rows)}")
        done += _reseal_second_factors(tell)
        done += sealed.keep_lasting(settings.SECRET_KEY_FALLBACKS[0])
        _end_sessions()
    return done


def columns() -> Iterator[tuple[type[models.Model], str, str]]:
    """Every column that holds a sealed secret: model, field, the purpose it is sealed for."""
    from ligne.channels.email import mailbox
    from ligne.channels.email.models import MailAccount
    from ligne.channels.voice import reads as voice
    from ligne.channels.voice.models import Recording, Softphone
    from ligne.journal.models import Subscription
    from ligne.journal.services import webhooks

    yield MailAccount, "imap_password", mailbox.PURPOSE
    yield Recording, "sealed_key", voice.RECORDINGS
    yield Softphone, "sealed", voice.PURPOSE
    yield Subscription, "secret", webhooks.PURPOSE


def _reseal_second_factors(tell: Tell) -> int:
    """Seeds stand inside a JSON document of the sign-in library, among facts that are no secrets."""
    from allauth.mfa.models import Authenticator

    from ligne.site.accounts import MFA

    rows = Authenticator.objects.filter(type__in=["totp", "recovery_codes"]).select_for_update()
    for row in rows:
        for name in ("secret", "seed"):
            if name in row.data:
                row.data[name] = sealed.reseal(MFA, row.data[name])
        if "migrated_codes" in row.data:
            row.data["migrated_codes"] = [sealed.reseal(MFA, code) for code in row.data["migrated_codes"]]
        row.save(update_fields=["data"])
    tell(f"mfa.Authenticator: {len(rows)}")
    return len(rows)


def _end_sessions() -> None:
    """What the old key signed is believed no more: everybody signs in again."""
    from django.contrib.sessions.models import Session

    Session.objects.all().delete()
