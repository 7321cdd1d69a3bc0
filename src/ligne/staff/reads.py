"""Questions about people, principals and presences. What a viewer may not see does not exist for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from ligne.kit import clock, sql
from ligne.kit.errors import Forbidden, NotFound
from ligne.kit.prepared import Prepared
from ligne.kit.viewer import ADMINISTRATOR, ADVISOR, QUALITY, SUPERVISOR, SYSTEM, Viewer
from ligne.staff import ports, words
from ligne.staff.models import (
    Capacity,
    Grant,
    Presence,
    PresencePeriod,
    Principal,
    Skill,
    SkillLevel,
    Team,
    User,
)
from ligne.staff.rules import grants, states, timesheet


@dataclass(frozen=True, slots=True)
class PresenceRow:
    """Where one person stands: `state` since `since`, `connected` when their browser is heard."""

    user_id: int
    name: str
    role: str
    team: str
    state: str
    reason: str
    since: datetime | None
    connected: bool
    idle_since: datetime | None = None

    @property
    def label(self) -> str:
        """The state as an English sentence to translate."""
        return words.STATE_LABELS[self.state]

    @property
    def reason_label(self) -> str:
        """The reason as an English sentence to translate; empty without one."""
        return words.REASON_LABELS.get(self.reason, self.reason)

    @property
    def tone(self) -> str:
        """The tone of the state's badge."""
        return words.STATE_TONES[self.state]


@dataclass(frozen=True, slots=True)
class Timesheet:
    """A person's `day` in the site's zone: time per state, and what was spent signed in and at work."""

    day: date
    lines: list[timesheet.Line]

    @property
    def present_s(self) -> int:
        """Seconds in any state but signed out."""
        return sum(line.seconds for line in self.lines if line.state != words.OFFLINE)


_HOUSES = Prepared(lambda user: Principal.objects.filter(people=user, active=True).values_list("id", flat=True))
_LIMITS = Prepared(lambda person: Capacity.objects.filter(user_id=person).values_list("channel", "limit"))
_POLICIES = Prepared(lambda house: Principal.objects.filter(pk=house).values_list("policies", flat=True))


def viewer_of(user: User) -> Viewer:
    """What `user` may see; asked once per request, since `user` lives as long as it does."""
    known: Viewer | None = getattr(user, "_viewer", None)
    if known is None:
        ids = frozenset(_HOUSES.all(user=user.pk))
        known = Viewer(user_id=user.pk, role=user.role, principals=ids, language=user.language)
        user._viewer = known  # type: ignore[attr-defined]
    return known


def viewers(user_ids: Iterable[int]) -> dict[int, tuple[User, Viewer]]:
    """`viewer_of` many at once, by their id, in two questions; closed accounts are left out."""
    seen = Prefetch("principals", queryset=Principal.objects.filter(active=True), to_attr="active_principals")
    found: dict[int, tuple[User, Viewer]] = {}
    for user in User.objects.filter(pk__in=list(user_ids), is_active=True).prefetch_related(seen):
        ids = frozenset(principal.pk for principal in user.active_principals)
        found[user.pk] = user, Viewer(user_id=user.pk, role=user.role, principals=ids, language=user.language)
    return found


def visible_people(viewer: Viewer) -> QuerySet[User]:
    """People who share a principal with the viewer, and the viewer; an administrator also sees those without any."""
    if viewer.role == SYSTEM and not viewer.principals:
        return User.objects.all()
    through = User.principals.through.objects.filter(user_id=OuterRef("pk"))
    seen: Q = Q(Exists(through.filter(principal_id__in=viewer.principals))) | Q(pk=viewer.user_id)
    if viewer.has_role(ADMINISTRATOR):
        seen = seen | Q(~Exists(through))
    return User.objects.filter(seen)


def people(viewer: Viewer, *, q: str = "", role: str = "", active: bool | None = True) -> list[User]:
    """People the viewer may see, by name; `q` looks in names and addresses, `active` None means both."""
    rows = visible_people(viewer).select_related("team")
    if active is not None:
        rows = rows.filter(is_active=active)
    if role:
        rows = rows.filter(role=role)
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(email__icontains=q))
    seen = Principal.objects.filter(pk__in=viewer.principals)
    return list(rows.prefetch_related(Prefetch("principals", queryset=seen, to_attr="seen_principals")))


def person(viewer: Viewer, user_id: int) -> User:
    """One person. Raises `NotFound`."""
    found = sql.one(visible_people(viewer).select_related("team").filter(pk=user_id))
    if found is None:
        raise NotFound
    return found


def principals(viewer: Viewer, *, active: bool | None = True) -> list[Principal]:
    """The companies whose data the viewer may see, by name. An administrator also finds the inactive ones."""
    rows = Principal.objects.filter(pk__in=viewer.principals)
    if active is None and viewer.has_role(ADMINISTRATOR):
        rows = rows | Principal.objects.filter(active=False, people=viewer.user_id)
    return list(rows.distinct())


def principal(viewer: Viewer, principal_id: int) -> Principal:
    """One company. Raises `NotFound`."""
    found = next((p for p in principals(viewer, active=None) if p.pk == principal_id), None)
    if found is None:
        raise NotFound
    return found


def principal_choice(viewer: Viewer, slug: str) -> tuple[list[Principal], Principal | None]:
    """The companies whose lists the viewer may open, and the one called `slug`, else ("") the first of them.

    Raises `NotFound` when there is none of that name.
    """
    found = principals(viewer)
    if not slug:
        return found, next(iter(found), None)
    chosen = next((one for one in found if one.slug == slug), None)
    if chosen is None:
        raise NotFound
    return found, chosen


def principal_called(slug: str) -> Principal | None:
    """The company with this short name, for commands of the machine: whoever may run them sees every company."""
    return Principal.objects.filter(slug=slug).first()


def policy(principal_id: int, key: str) -> Any:
    """What the principal decided for `key`, else the policy's default."""
    values = _POLICIES.one(house=principal_id)
    if values is None:
        raise NotFound
    return values.get(key, ports.policies.get(key).default)


def teams(viewer: Viewer) -> list[Team]:
    """Every team, with the number of active people (`size`) the viewer sees in it."""
    ids = visible_people(viewer).filter(is_active=True).values("pk")
    return list(Team.objects.annotate(size=Count("members", filter=Q(members__in=ids))))


def team(team_id: int) -> Team:
    """One team. Raises `NotFound`."""
    found = Team.objects.filter(pk=team_id).first()
    if found is None:
        raise NotFound
    return found


def skills(viewer: Viewer, principal_id: int | None = None) -> list[Skill]:
    """Skills of the viewer's principals, with the number of people who have them (`holders`)."""
    rows = Skill.objects.filter(principal_id__in=viewer.principals).select_related("principal")
    if principal_id is not None:
        rows = rows.filter(principal_id=principal_id)
    return list(rows.annotate(holders=Count("levels")).order_by("principal__name", "name"))


def skill(viewer: Viewer, skill_id: int) -> Skill:
    """One skill. Raises `NotFound`."""
    found = Skill.objects.filter(pk=skill_id, principal_id__in=viewer.principals).first()
    if found is None:
        raise NotFound
    return found


def levels(viewer: Viewer, user_id: int) -> dict[int, int]:
    """The person's level (1 to 5) by skill id, for skills of the viewer's principals."""
    rows = SkillLevel.objects.filter(user_id=user_id, skill__principal_id__in=viewer.principals)
    return dict(rows.values_list("skill_id", "level"))


def capacities(user_id: int) -> dict[str, int]:
    """How many exchanges at once, by channel, where it differs from the channel's default."""
    return dict(_LIMITS.all(person=user_id))


def granted(viewer: Viewer, principal_id: int) -> list[Grant]:
    """Limits of responsibility set for a principal, roles first. Raises `NotFound`."""
    if not viewer.sees(principal_id):
        raise NotFound
    rows = Grant.objects.filter(principal_id=principal_id).select_related("user")
    return list(rows.order_by("action", "user__name", "role"))


def decision(
    viewer: Viewer, *, principal_id: int, action: str, cents: int | None = None, percent: int | None = None
) -> grants.Decision:
    """Whether the viewer may decide `action` alone up to `cents` or `percent`, and why."""
    if viewer.role == SYSTEM:
        return grants.Decision(True, "")
    if not viewer.sees(principal_id):
        raise NotFound
    rows = Grant.objects.filter(principal_id=principal_id, action=action).filter(
        Q(role=viewer.role) | Q(user_id=viewer.user_id)
    )
    facts = [grants.GrantFact(row.user_id is not None, row.limit_cents, row.limit_percent) for row in rows]
    return grants.decide(facts, cents=cents, percent=percent)


def presence(user_id: int) -> Presence | None:
    """The person's present state; None before their first sign-in."""
    return sql.one(Presence.objects.select_related("changed_by").filter(user_id=user_id))


def current(user_id: int) -> Presence:
    """As `presence`, with a signed-out state for who never signed in."""
    return presence(user_id) or Presence(user_id=user_id, since=clock.now())


def presences(viewer: Viewer, *, user_ids: Iterable[int] | None = None) -> list[PresenceRow]:
    """Advisors of the viewer's principals and where they stand, by name: never ranked (rule 63)."""
    rows = visible_people(viewer).filter(is_active=True, role=ADVISOR).select_related("presence", "team")
    if user_ids is not None:
        rows = rows.filter(pk__in=list(user_ids))
    heard = clock.now() - states.SILENCE_LIMIT
    return [_presence_row(user, heard) for user in rows]


def _presence_row(user: User, heard: datetime) -> PresenceRow:
    now: Presence | None = getattr(user, "presence", None)
    return PresenceRow(
        user_id=user.pk,
        name=user.name,
        role=user.role,
        team=user.team.name if user.team else "",
        state=now.state if now else words.OFFLINE,
        reason=now.reason if now else "",
        since=now.since if now else None,
        connected=bool(now and now.heartbeat_at and now.heartbeat_at > heard),
        idle_since=now.idle_since if now else None,
    )


def timesheet_of(viewer: Viewer, *, user_id: int, day: date) -> Timesheet:
    """The person's time per state on `day`. One's own, or that of people one supervises. Raises `NotFound`."""
    if viewer.user_id != user_id:
        if not viewer.has_role(SUPERVISOR, QUALITY, ADMINISTRATOR):
            raise Forbidden
        person(viewer, user_id)
    start, end = day_bounds(day)
    periods = PresencePeriod.objects.filter(user_id=user_id, started_at__lt=end).filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=start)
    )
    stretches = [timesheet.Stretch(p.state, p.reason, p.started_at, p.ended_at) for p in periods]
    return Timesheet(day, timesheet.per_state(stretches, start, end, clock.now()))


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The first instant of `day` and of the next, in the site's zone (a day of 23 or 25 hours when clocks change)."""
    zone = timezone.get_default_timezone()
    return (
        datetime.combine(day, time.min, zone),
        datetime.combine(day + timedelta(days=1), time.min, zone),
    )


def languages() -> list[tuple[str, str]]:
    """The languages a person may read the centre in."""
    return list(settings.LANGUAGES)


class Abilities(NamedTuple):
    """What one person masters, and how much of each channel they may hold; as in `Worker`."""

    skills: dict[str, int]
    capacities: dict[str, int]


class Worker(NamedTuple):
    """What routing needs to know of one person. `skills` maps "principal id:skill slug" to a level 1 to 5;
    `capacities` as `reads.capacities`; `idle_since` when they became available (or entered their state)."""

    user_id: int
    state: str
    idle_since: datetime
    skills: dict[str, int]
    capacities: dict[str, int]


def workers(
    user_ids: Iterable[int], in_states: Iterable[str], *, abilities: Mapping[int, Abilities] | None = None
) -> dict[int, Worker]:
    """Those of `user_ids` whose account is open and who are in one of `in_states`, in three queries for any number; in
    one when what they master and may hold is told (`abilities_of`)."""
    present = sql.rows(
        """
        SELECT presence.user_id, presence.state, presence.since, presence.idle_since
          FROM staff_presence AS presence JOIN staff_user ON staff_user.id = presence.user_id AND staff_user.is_active
         WHERE presence.user_id = ANY (%(ids)s::bigint[]) AND presence.state = ANY (%(states)s)
        """,
        {"ids": sql.array(user_ids), "states": list(in_states)},
    )
    known = abilities if abilities is not None else abilities_of([row[0] for row in present])
    nothing = Abilities({}, {})
    return {
        user_id: Worker(user_id, state, idle or since, *known.get(user_id, nothing))
        for user_id, state, since, idle in present
    }


def abilities_of(user_ids: Iterable[int]) -> dict[int, Abilities]:
    """What these people master and may hold at once; who has neither is left out."""
    ids = list(user_ids)
    found: defaultdict[int, Abilities] = defaultdict(lambda: Abilities({}, {}))
    mastered = SkillLevel.objects.filter(user_id__in=ids)
    for user_id, principal_id, slug, level in mastered.values_list(
        "user_id", "skill__principal_id", "skill__slug", "level"
    ):
        found[user_id].skills[f"{principal_id}:{slug}"] = level
    for user_id, capacities in capacities_of(ids).items():
        found[user_id].capacities.update(capacities)
    return found


def capacities_of(user_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """`capacities` of each who has some of their own."""
    limits = sql.rows(
        'SELECT user_id, channel, "limit" FROM staff_capacity WHERE user_id = ANY (%(ids)s::bigint[])',
        {"ids": sql.array(user_ids)},
    )
    found: dict[int, dict[str, int]] = {}
    for user_id, channel, limit in limits:
        found.setdefault(user_id, {})[channel] = limit
    return found


def states_of(user_ids: Iterable[int]) -> dict[int, str]:
    """The state of presence of each of these people; who never signed in is left out."""
    return dict(Presence.objects.filter(user_id__in=list(user_ids)).values_list("user_id", "state"))


def administrators(principal_id: int | None) -> list[int]:
    """The ids of those who administer a principal; of every administrator for what is the house's own (None)."""
    found = User.objects.filter(role=ADMINISTRATOR, is_active=True)
    if principal_id is not None:
        found = found.filter(principals=principal_id)
    return list(found.values_list("pk", flat=True))
