"""`python -m bench.sessions EMAIL …`: sessions of these people in a running centre, one Cookie header a line."""

from __future__ import annotations

import sys


def main() -> None:
    """Make them as signing in does."""
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from ligne.staff.models import User

    for email in sys.argv[1:]:
        person = User.objects.get(email=email)
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.create()
        sys.stdout.write(f"{settings.SESSION_COOKIE_NAME}={session.session_key}\n")


if __name__ == "__main__":
    main()
