"""People: accounts, what they may see, what they can do. Administrators alone change them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from ligne.kit import bus, locks
from ligne.kit.errors import Conflict, Forbidden, Invalid, NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, ROLES, SYSTEM, Viewer
from ligne.staff import reads, words
from ligne.staff.errors import LastAdministrator
from ligne.staff.events import (
    PersonCreated,
    PersonDeactivated,
    PersonReactivated,
    PersonUpdated,
    SignedIn,
    SignInFailed,
)
from ligne.staff.models import Capacity, Skill, SkillLevel, Team, User
from ligne.staff.services import presence

THEMES = ("auto", "light", "dark")


def only_administrator(viewer: Viewer) -> None:
    """Raises `Forbidden` unless the viewer administers the centre."""
    if not viewer.has_role(ADMINISTRATOR):
        raise Forbidden


def check_version(row: Any, version: int | None) -> None:
    """Raises `Conflict` when the form was made from an older `row`; None asks for no check (programs)."""
    if version is not None and version != row.version:
        raise Conflict(field="version")


def named(name: str, field: str = "name") -> str:
    """`name` without spaces around. Raises `Invalid` when nothing is left."""
    name = " ".join(name.split())
    if not name:
        raise Invalid(N_("A name is needed. Nothing was saved."), field=field)
    return name


def create_person(
    viewer: Viewer,
    *,
    email: str,
    name: str,
    role: str,
    team_id: int | None = None,
    principal_ids: Iterable[int] = (),
    language: str = "fr",
    password: str | None = None,
) -> User:
    """Open an account; without a password they set one by the link an administrator hands them.

    Raises `Invalid` naming the field, `Forbidden`, `NotFound` for a principal the viewer does not see.
    """
    only_administrator(viewer)
    chosen = _principals(viewer, principal_ids)
    facts: dict[str, Any] = {
        "email": _email(email),
        "name": named(name),
        "role": _role(role),
        "team_id": _team(team_id),
        "language": _language(language),
    }
    if password is not None:
        _check_password(password, User(email=facts["email"], name=facts["name"]))
    with transaction.atomic():
        user = User.objects.create_user(password=password, **facts)
        user.principals.set(chosen)
        bus.announce(PersonCreated(subject_id=user.pk, actor_id=viewer.user_id, role=role))
    return user


def update_person(viewer: Viewer, *, user_id: int, version: int | None = None, **facts: Any) -> User:
    """Change `email`, `name`, `role`, `team_id`, `principal_ids` or `language` of a person.

    Only principals the viewer sees are added or taken away. Raises `Conflict` when `version` is not the present one,
    `LastAdministrator`, `Invalid`, `Forbidden`, `NotFound`.
    """
    only_administrator(viewer)
    reads.person(viewer, user_id)
    with transaction.atomic():
        if facts.get("role", ADMINISTRATOR) != ADMINISTRATOR:
            _keep_an_administrator(user_id)
        user = locks.row(User, pk=user_id)
        check_version(user, version)
        checks: dict[str, Callable[[Any], Any]] = {
            "email": lambda value: _email(value, user_id),
            "name": named,
            "role": _role,
            "team_id": _team,
            "language": _language,
        }
        new = {field: check(facts[field]) for field, check in checks.items() if field in facts}
        changed = [field for field, value in new.items() if getattr(user, field) != value]
        for field in changed:
            setattr(user, field, new[field])
        if "principal_ids" in facts and _give_principals(viewer, user, facts["principal_ids"]):
            changed.append("principals")
        _saved(viewer, user, changed)
        if "email" in changed:
            _forget_old_addresses(user)
    return user


def set_password(viewer: Viewer, *, user_id: int, password: str) -> User:
    """Give a person another password; their open sessions end. Raises `Invalid`, `Forbidden`, `NotFound`."""
    only_administrator(viewer)
    reads.person(viewer, user_id)
    with transaction.atomic():
        user = locks.row(User, pk=user_id)
        _check_password(password, user)
        user.set_password(password)
        _saved(viewer, user, ["password"])
    return user


def set_own_profile(viewer: Viewer, **facts: Any) -> User:
    """Change what everybody chooses for themselves: `name`, `language`, `theme`, `signature`, `sound`; any of them."""
    if viewer.user_id is None:
        raise Forbidden
    checks: dict[str, Callable[[Any], Any]] = {
        "name": named,
        "language": _language,
        "theme": _theme,
        "signature": str.strip,
        "sound": bool,
    }
    new = {field: check(facts[field]) for field, check in checks.items() if field in facts}
    with transaction.atomic():
        user = locks.row(User, pk=viewer.user_id)
        changed = [field for field, value in new.items() if getattr(user, field) != value]
        for field in changed:
            setattr(user, field, new[field])
        _saved(viewer, user, changed)
    return user


def deactivate(viewer: Viewer, *, user_id: int) -> User:
    """Close an account: no sign-in, no work; what they did stays theirs. Raises `LastAdministrator`."""
    only_administrator(viewer)
    reads.person(viewer, user_id)
    with transaction.atomic():
        here = presence.lock_presence(user_id)
        _keep_an_administrator(user_id)
        user = locks.row(User, pk=user_id)
        if user.is_active:
            user.is_active = False
            user.version += 1
            user.save(update_fields=["is_active", "version"])
            presence.sign_out(here, words.DEACTIVATED, viewer.user_id)
            bus.announce(PersonDeactivated(subject_id=user_id, actor_id=viewer.user_id))
    return user


def reactivate(viewer: Viewer, *, user_id: int) -> User:
    """Open a closed account again."""
    only_administrator(viewer)
    reads.person(viewer, user_id)
    with transaction.atomic():
        user = locks.row(User, pk=user_id)
        if not user.is_active:
            user.is_active = True
            user.version += 1
            user.save(update_fields=["is_active", "version"])
            bus.announce(PersonReactivated(subject_id=user_id, actor_id=viewer.user_id))
    return user


def set_skill_levels(
    viewer: Viewer, *, user_id: int, levels: Mapping[int, int | None], version: int | None = None
) -> None:
    """Set the person's level (1 to 5, None: does not have it) in the skills named; others stay as they are."""
    only_administrator(viewer)
    reads.person(viewer, user_id)
    known = set(Skill.objects.filter(principal_id__in=viewer.principals, pk__in=levels).values_list("pk", flat=True))
    if known != set(levels):
        raise NotFound
    if any(level is not None and not 1 <= level <= 5 for level in levels.values()):
        raise Invalid(N_("A level goes from 1 (beginner) to 5 (expert). Nothing was saved."), field="levels")
    with transaction.atomic():
        user = locks.row(User, pk=user_id)
        check_version(user, version)
        before = reads.levels(viewer, user_id)
        for skill_id, level in levels.items():
            if level is None:
                SkillLevel.objects.filter(user_id=user_id, skill_id=skill_id).delete()
            else:
                SkillLevel.objects.update_or_create(user_id=user_id, skill_id=skill_id, defaults={"level": level})
        _saved(viewer, user, ["skills"] if reads.levels(viewer, user_id) != before else [])


def set_capacities(
    viewer: Viewer, *, user_id: int, limits: Mapping[str, int | None], version: int | None = None
) -> None:
    """Set how many exchanges at once the person handles, by channel (0 to 20; None: the channel's default)."""
    only_administrator(viewer)
    reads.person(viewer, user_id)
    for channel, limit in limits.items():
        if limit is not None and not 0 <= limit <= 20:
            raise Invalid(N_("A capacity goes from 0 to 20. Nothing was saved."), field=f"capacity_{channel}")
        if channel == "voice" and limit is not None and limit > 1:
            raise Invalid(N_("Nobody holds two calls at once. Nothing was saved."), field="capacity_voice")
    with transaction.atomic():
        user = locks.row(User, pk=user_id)
        check_version(user, version)
        before = reads.capacities(user_id)
        for channel, limit in limits.items():
            if limit is None:
                Capacity.objects.filter(user_id=user_id, channel=channel).delete()
            else:
                Capacity.objects.update_or_create(user_id=user_id, channel=channel, defaults={"limit": limit})
        _saved(viewer, user, ["capacities"] if reads.capacities(user_id) != before else [])


def may(
    viewer: Viewer, *, principal_id: int, action: str, cents: int | None = None, percent: int | None = None
) -> bool:
    """Whether the viewer may decide `action` alone; `reads.decision` also says why."""
    return reads.decision(viewer, principal_id=principal_id, action=action, cents=cents, percent=percent).allowed


def signed_in(user_id: int) -> None:
    """Trace a sign-in."""
    with transaction.atomic():
        bus.announce(SignedIn(subject_id=user_id, actor_id=user_id))


def sign_in_failed(email: str) -> None:
    """Trace a refused sign-in, with the address that was typed (cut to the length of an address)."""
    address = email.strip().lower()[:254]
    known = User.objects.filter(email=address).values_list("pk", flat=True).first()
    with transaction.atomic():
        bus.announce(SignInFailed(subject_id=known or 0, email=address))


def _saved(viewer: Viewer, user: User, changed: list[str]) -> None:
    """Save and announce when something changed; a form sent again as it was leaves no trace."""
    if changed:
        user.version += 1
        user.save()
        bus.announce(PersonUpdated(subject_id=user.pk, actor_id=viewer.user_id, changed=sorted(changed)))


def _keep_an_administrator(user_id: int) -> None:
    """Raises `LastAdministrator` if nobody else could administer. Locks them all, in one order, so that two
    administrators who close each other's account at once do not both succeed."""
    rows = User.objects.filter(role=ADMINISTRATOR, is_active=True).order_by("pk").select_for_update()
    remaining = {user.pk for user in rows}
    if user_id in remaining and len(remaining) == 1:
        raise LastAdministrator


def _principals(viewer: Viewer, ids: Iterable[int]) -> list[int]:
    """`ids` when the viewer sees them all."""
    wanted = sorted(set(ids))
    if viewer.role != SYSTEM and any(not viewer.sees(principal_id) for principal_id in wanted):
        raise NotFound
    return wanted


def _give_principals(viewer: Viewer, user: User, ids: Iterable[int]) -> bool:
    wanted = set(_principals(viewer, ids))
    present = set(user.principals.values_list("pk", flat=True))
    out_of_sight = set() if viewer.role == SYSTEM else {pk for pk in present if not viewer.sees(pk)}
    user.principals.set(wanted | out_of_sight)
    return wanted | out_of_sight != present


def _email(value: str, user_id: int | None = None) -> str:
    address = value.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise Invalid(
            N_("“%(value)s” is not an e-mail address. Nothing was saved."), field="email", value=value
        ) from None
    others = User.objects.filter(email=address)
    if user_id is not None:
        others = others.exclude(pk=user_id)
    if others.exists():
        raise Invalid(
            N_("Somebody already signs in with “%(value)s”. Nothing was saved."), field="email", value=address
        )
    return address


def _role(value: str) -> str:
    if value not in ROLES:
        raise Invalid(N_("“%(value)s” is not one of the choices. Nothing was saved."), field="role", value=value)
    return value


def _language(value: str) -> str:
    if value not in dict(reads.languages()):
        raise Invalid(N_("“%(value)s” is not one of the choices. Nothing was saved."), field="language", value=value)
    return value


def _theme(value: str) -> str:
    if value not in THEMES:
        raise Invalid(N_("“%(value)s” is not one of the choices. Nothing was saved."), field="theme", value=value)
    return value


def _team(value: int | None) -> int | None:
    if value is not None and not Team.objects.filter(pk=value).exists():
        raise Invalid(N_("This team no longer exists. Nothing was saved."), field="team_id")
    return value


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as problem:
        raise Invalid(" ".join(problem.messages).replace("%", "%%"), field="password") from None


def _forget_old_addresses(user: User) -> None:
    """Take away the sign-in library's own copies of addresses that are no longer the person's."""
    from allauth.account.models import EmailAddress

    EmailAddress.objects.filter(user_id=user.pk).exclude(email=user.email).delete()
