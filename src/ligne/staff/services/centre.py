"""The centre itself: principals, teams, skills, limits of responsibility. Administrators alone change them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.text import slugify

from ligne.kit import bus, locks
from ligne.kit.errors import Invalid, NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import ROLES, SYSTEM, Viewer
from ligne.staff import ports, reads
from ligne.staff.events import (
    GrantRemoved,
    GrantSet,
    PrincipalSaved,
    SkillRemoved,
    SkillSaved,
    TeamRemoved,
    TeamSaved,
)
from ligne.staff.models import Grant, Principal, Skill, Team, User
from ligne.staff.rules import policies as rules
from ligne.staff.services.people import check_version, named, only_administrator

SLUG_TAKEN = N_("“%(value)s” is already taken. Nothing was saved.")


def create_principal(viewer: Viewer, *, slug: str, name: str, **facts: Any) -> Principal:
    """Begin to serve a company. The administrator who creates it sees it. `facts`: as `update_principal`."""
    only_administrator(viewer)
    principal = Principal(slug=_slug(slug), name=named(name))
    _fill_principal(principal, facts)
    with transaction.atomic():
        if Principal.objects.filter(slug=principal.slug).exists():
            raise Invalid(SLUG_TAKEN, field="slug", value=principal.slug)
        principal.save()
        if viewer.user_id is not None:
            principal.people.add(viewer.user_id)
        bus.announce(
            PrincipalSaved(
                subject_id=principal.pk, principal_id=principal.pk, actor_id=viewer.user_id, changed=["created"]
            )
        )
    return principal


def update_principal(viewer: Viewer, *, principal_id: int, version: int | None = None, **facts: Any) -> Principal:
    """Change `name`, `legal_name`, `zone`, `colour`, `policies` or `active` of a company served.

    Raises `Conflict` on an old `version`, `Invalid` naming the field, `Forbidden`, `NotFound`.
    """
    only_administrator(viewer)
    if viewer.role != SYSTEM:
        reads.principal(viewer, principal_id)
    with transaction.atomic():
        principal = locks.row(Principal, pk=principal_id)
        check_version(principal, version)
        changed = _fill_principal(principal, facts)
        if changed:
            principal.version += 1
            principal.save()
            bus.announce(
                PrincipalSaved(
                    subject_id=principal.pk,
                    principal_id=principal.pk,
                    actor_id=viewer.user_id,
                    changed=changed,
                )
            )
    return principal


def _fill_principal(principal: Principal, facts: dict[str, Any]) -> list[str]:
    """Put checked `facts` on the row; returns the names of those that differ."""
    checks: dict[str, Callable[[Any], Any]] = {
        "name": named,
        "legal_name": str.strip,
        "zone": _zone,
        "colour": _colour,
        "policies": lambda value: rules.check(value, ports.policies),
        "active": bool,
    }
    changed = []
    for field, check in checks.items():
        if field in facts and getattr(principal, field) != (value := check(facts[field])):
            setattr(principal, field, value)
            changed.append(field)
    return changed


def create_team(viewer: Viewer, *, name: str) -> Team:
    """Make a team."""
    only_administrator(viewer)
    with transaction.atomic():
        team = Team(name=_free_team_name(name, None))
        team.save()
        bus.announce(TeamSaved(subject_id=team.pk, actor_id=viewer.user_id, name=team.name))
    return team


def update_team(viewer: Viewer, *, team_id: int, name: str, version: int | None = None) -> Team:
    """Rename a team."""
    only_administrator(viewer)
    with transaction.atomic():
        team = locks.row(Team, pk=team_id)
        check_version(team, version)
        if team.name != (name := _free_team_name(name, team_id)):
            team.name = name
            team.version += 1
            team.save()
            bus.announce(TeamSaved(subject_id=team.pk, actor_id=viewer.user_id, name=team.name))
    return team


def remove_team(viewer: Viewer, *, team_id: int) -> None:
    """Dissolve a team; its people stay, without a team."""
    only_administrator(viewer)
    with transaction.atomic():
        team = locks.row(Team, pk=team_id)
        bus.announce(TeamRemoved(subject_id=team.pk, actor_id=viewer.user_id, name=team.name))
        team.delete()


def create_skill(viewer: Viewer, *, principal_id: int, name: str, slug: str = "") -> Skill:
    """Name something a principal's contacts may need; `slug` is made from the name unless given."""
    only_administrator(viewer)
    if viewer.role != SYSTEM and not viewer.sees(principal_id):
        raise NotFound
    name = named(name)
    slug = _slug(slug or slugify(name))
    with transaction.atomic():
        if Skill.objects.filter(principal_id=principal_id, slug=slug).exists():
            raise Invalid(SLUG_TAKEN, field="slug", value=slug)
        skill = Skill(principal_id=principal_id, slug=slug, name=name)
        skill.save()
        bus.announce(SkillSaved(subject_id=skill.pk, principal_id=principal_id, actor_id=viewer.user_id, name=name))
    return skill


def update_skill(viewer: Viewer, *, skill_id: int, name: str, version: int | None = None) -> Skill:
    """Rename a skill; its slug stays, because queues ask for it by slug."""
    only_administrator(viewer)
    reads.skill(viewer, skill_id)
    with transaction.atomic():
        skill = locks.row(Skill, pk=skill_id)
        check_version(skill, version)
        if skill.name != (name := named(name)):
            skill.name = name
            skill.version += 1
            skill.save()
            bus.announce(
                SkillSaved(subject_id=skill.pk, principal_id=skill.principal_id, actor_id=viewer.user_id, name=name)
            )
    return skill


def remove_skill(viewer: Viewer, *, skill_id: int) -> None:
    """Forget a skill and everybody's level in it."""
    only_administrator(viewer)
    reads.skill(viewer, skill_id)
    with transaction.atomic():
        skill = locks.row(Skill, pk=skill_id)
        bus.announce(
            SkillRemoved(subject_id=skill.pk, principal_id=skill.principal_id, actor_id=viewer.user_id, name=skill.name)
        )
        skill.delete()


def set_grant(
    viewer: Viewer,
    *,
    principal_id: int,
    action: str,
    role: str = "",
    user_id: int | None = None,
    limit_cents: int | None = None,
    limit_percent: int | None = None,
) -> Grant:
    """Let a role, or one person, decide `action` alone up to the limits; replaces what was granted before."""
    only_administrator(viewer)
    if viewer.role != SYSTEM and not viewer.sees(principal_id):
        raise NotFound
    if action not in ports.actions:
        raise Invalid(N_("“%(value)s” is not one of the choices. Nothing was saved."), field="action", value=action)
    _check_holder(principal_id, role, user_id)
    _check_limits(limit_cents, limit_percent)
    with transaction.atomic():
        holder: dict[str, Any] = {"role": role, "user_id": user_id}
        grant, _ = Grant.objects.update_or_create(
            principal_id=principal_id,
            action=action,
            **holder,
            defaults={"limit_cents": limit_cents, "limit_percent": limit_percent},
        )
        bus.announce(
            GrantSet(
                subject_id=grant.pk,
                principal_id=principal_id,
                actor_id=viewer.user_id,
                action=action,
                role=role,
                user_id=user_id,
                limit_cents=limit_cents,
                limit_percent=limit_percent,
            )
        )
    return grant


def remove_grant(viewer: Viewer, *, grant_id: int) -> None:
    """Take a grant back."""
    only_administrator(viewer)
    with transaction.atomic():
        grant = locks.row(Grant, pk=grant_id)
        if viewer.role != SYSTEM and not viewer.sees(grant.principal_id):
            raise NotFound
        bus.announce(
            GrantRemoved(
                subject_id=grant.pk,
                principal_id=grant.principal_id,
                actor_id=viewer.user_id,
                action=grant.action,
                role=grant.role,
                user_id=grant.user_id,
            )
        )
        grant.delete()


def _check_holder(principal_id: int, role: str, user_id: int | None) -> None:
    if bool(role) == (user_id is not None):
        raise Invalid(N_("Choose either a role or a person. Nothing was saved."), field="role")
    if role and role not in ROLES:
        raise Invalid(N_("“%(value)s” is not one of the choices. Nothing was saved."), field="role", value=role)
    if user_id is not None and not User.objects.filter(pk=user_id, principals=principal_id).exists():
        raise Invalid(N_("This person does not work for this principal. Nothing was saved."), field="user_id")


def _check_limits(cents: int | None, percent: int | None) -> None:
    if cents is not None and not 0 <= cents <= 100_000_000:
        raise Invalid(N_("An amount goes from 0 to 1,000,000.00. Nothing was saved."), field="limit_cents")
    if percent is not None and not 0 <= percent <= 100:
        raise Invalid(N_("A percentage goes from 0 to 100. Nothing was saved."), field="limit_percent")


def _free_team_name(name: str, team_id: int | None) -> str:
    name = named(name)
    others = Team.objects.filter(name__iexact=name)
    if team_id is not None:
        others = others.exclude(pk=team_id)
    if others.exists():
        raise Invalid(SLUG_TAKEN, field="name", value=name)
    return name


def _slug(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,49}", value):
        raise Invalid(
            N_("“%(value)s” does not fit: small letters, digits and hyphens, 50 at most. Nothing was saved."),
            field="slug",
            value=value,
        )
    return value


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise Invalid(N_("“%(value)s” is not a time zone. Nothing was saved."), field="zone", value=value)
    return value


def _colour(value: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise Invalid(N_("A colour is written #1d4ed8. Nothing was saved."), field="colour")
    return value.lower()
