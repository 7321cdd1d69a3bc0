"""Presence: one state at a time, every stretch of time kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Coalesce

from ligne.kit import bus, clock, live, locks, sql
from ligne.kit.errors import Forbidden, NotFound
from ligne.kit.viewer import SUPERVISOR, SYSTEM, Viewer
from ligne.staff import reads, words
from ligne.staff.events import PresenceChanged
from ligne.staff.models import Presence, PresencePeriod, User
from ligne.staff.rules import states


def lock_presence(user_id: int) -> Presence:
    """Lock the person's presence (first in the order of locks) and return it fresh, made on first use.

    Stands in a transaction. Raises `NotFound` when there is no such person.
    """
    try:
        return locks.row(Presence, user_id=user_id)
    except NotFound:
        if not User.objects.filter(pk=user_id).exists():
            raise
    Presence.objects.bulk_create([Presence(user_id=user_id, since=clock.now())], ignore_conflicts=True)
    return locks.row(Presence, user_id=user_id)


def lock_presences(user_ids: Iterable[int]) -> dict[int, Presence]:
    """`lock_presence` for many at once, in the order of their ids; people without a presence are left out."""
    rows = Presence.objects.select_for_update(of=("self",)).filter(user_id__in=list(user_ids)).order_by("user_id")
    return {row.user_id: row for row in rows}


def lock_states(user_ids: Iterable[int]) -> dict[int, str]:
    """`lock_presences`, telling only in which state each is; also those whose account is closed are left out."""
    found = sql.rows(
        """
        SELECT presence.user_id, presence.state
          FROM staff_presence AS presence JOIN staff_user ON staff_user.id = presence.user_id AND staff_user.is_active
         WHERE presence.user_id = ANY (%(ids)s::bigint[]) ORDER BY presence.user_id FOR UPDATE OF presence
        """,
        {"ids": sql.array(user_ids)},
    )
    return dict(found)


def set_presence(viewer: Viewer, *, user_id: int, state: str, reason: str = "") -> Presence:
    """Put a person in `state`: themselves, somebody they supervise, or the centre (any state).

    The same state and reason again change nothing. Raises `Invalid`, `Conflict`, `Forbidden` or `NotFound`.
    """
    if viewer.role != SYSTEM and viewer.user_id != user_id:
        reads.person(viewer, user_id)
        if not viewer.has_role(SUPERVISOR):
            raise Forbidden
    with transaction.atomic():
        presence = lock_presence(user_id)
        if viewer.role != SYSTEM:
            states.check_choice(presence.state, state, reason, by_self=viewer.user_id == user_id)
        if viewer.user_id == user_id:
            presence.heartbeat_at = clock.now()  # who speaks is alive, also through the API without a page
        _enter(presence, state, reason, actor_id=viewer.user_id)
        return presence


def enter_after_call(user_id: int) -> Presence:
    """The exchange is over, its work begins: after-call time, shown and counted, until `leave_after_call`."""
    with transaction.atomic():
        presence = lock_presence(user_id)
        if presence.state not in (words.OFFLINE, words.AFTER_CALL):
            _enter(presence, words.AFTER_CALL, "", actor_id=None)
        return presence


def leave_after_call(user_id: int) -> Presence:
    """The wrap-up is done: available again. Who left after-call work by their own choice stays where they are."""
    with transaction.atomic():
        presence = lock_presence(user_id)
        if presence.state == words.AFTER_CALL:
            _enter(presence, words.AVAILABLE, "", actor_id=None)
        return presence


def prolong_after_call(viewer: Viewer, *, reason: str) -> Presence:
    """Say why one's after-call work lasts: the timer goes on, the time is counted under `reason` from now on."""
    if viewer.user_id is None:
        raise Forbidden
    with transaction.atomic():
        presence = lock_presence(viewer.user_id)
        if presence.state != words.AFTER_CALL:
            states.check_choice(presence.state, words.AFTER_CALL, reason, by_self=True)
        states.check_reason(words.AFTER_CALL, reason)
        since = presence.since
        _enter(presence, words.AFTER_CALL, reason, actor_id=viewer.user_id)
        presence.since = since
        presence.save(update_fields=["since"])
        return presence


def heartbeat(user_ids: int | Iterable[int]) -> None:
    """The browsers of these people were heard. A row being changed right now is left for the next beat, which comes
    well before silence counts."""
    ids = [user_ids] if isinstance(user_ids, int) else list(user_ids)
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE staff_presence SET heartbeat_at = %(now)s
             WHERE user_id IN (SELECT user_id FROM staff_presence WHERE user_id = ANY(%(ids)s)
                                ORDER BY user_id FOR UPDATE SKIP LOCKED)
            """,
            {"now": clock.now(), "ids": ids},
        )


def connect(user_ids: int | Iterable[int]) -> None:
    """Browsers of these people opened their live connections. Their states are theirs to choose and do not change."""
    ids = {user_ids} if isinstance(user_ids, int) else set(user_ids)
    now = clock.now()
    with transaction.atomic():
        missing = ids - set(Presence.objects.filter(user_id__in=ids).values_list("user_id", flat=True))
        if missing:
            known = User.objects.filter(pk__in=missing)
            Presence.objects.bulk_create([Presence(user=one, since=now) for one in known], ignore_conflicts=True)
        here = list(lock_presences(ids))
        Presence.objects.filter(user_id__in=here).update(
            heartbeat_at=now, connected_at=Coalesce("connected_at", Value(now))
        )


def drop_silent(now: datetime) -> list[int]:
    """Disconnect those not heard for 30 s and return their ids, so that routing frees their work.

    Who could be given work is signed out, with the reason "connection_lost". Who is in a break, a meeting or a
    training keeps that state (they are away on purpose and it is their timesheet), for four hours at most; their
    work is freed too.
    """
    silent = Presence.objects.exclude(state=words.OFFLINE).exclude(heartbeat_at__gt=now - states.SILENCE_LIMIT)
    dropped = []
    for user_id in silent.order_by("user_id").values_list("user_id", flat=True):
        with transaction.atomic():
            presence = lock_presence(user_id)
            fate = states.after_silence(presence.state, presence.since, presence.heartbeat_at, now)
            if fate is None or (fate == "released" and presence.connected_at is None):
                continue  # heard meanwhile, or freed already
            presence.connected_at = None
            presence.save(update_fields=["connected_at"])
            if fate == "offline":
                _enter(presence, words.OFFLINE, words.CONNECTION_LOST, actor_id=None)
            dropped.append(user_id)
    return dropped


def signed_out(user_id: int) -> None:
    """The person signed out: offline at once. Who had no presence (an administrator) has none to end."""
    if not Presence.objects.filter(user_id=user_id).exclude(state=words.OFFLINE).exists():
        return
    with transaction.atomic():
        presence = lock_presence(user_id)
        if presence.state != words.OFFLINE:
            sign_out(presence, words.SIGNED_OUT, user_id)


def sign_out(presence: Presence, reason: str, actor_id: int | None) -> None:
    """Take a locked presence offline, for a verb that closes an account."""
    presence.connected_at = None
    _enter(presence, words.OFFLINE, reason, actor_id=actor_id)


def _enter(presence: Presence, state: str, reason: str, *, actor_id: int | None) -> None:
    """Close the open stretch of time, open the next, announce and tell the screens. `presence` is locked."""
    before = presence.state
    opened = PresencePeriod.objects.filter(user_id=presence.user_id, ended_at__isnull=True).first()
    if opened and (before, presence.reason) == (state, reason):
        presence.save()
        return
    # A clock that was set back must not keep anybody from changing state: time stands still until it has caught up.
    now = max(clock.now(), opened.started_at) if opened else clock.now()
    if opened:
        opened.ended_at = now
        opened.save(update_fields=["ended_at"])
    PresencePeriod.objects.create(user_id=presence.user_id, state=state, reason=reason, started_at=now)
    presence.state, presence.reason, presence.since = state, reason, now
    presence.changed_by_id = actor_id if actor_id != presence.user_id else None
    if state != words.AVAILABLE:
        presence.idle_since = None
    elif before != words.AVAILABLE:
        presence.idle_since = now
    presence.save()
    bus.announce(
        PresenceChanged(subject_id=presence.user_id, actor_id=actor_id, state=state, reason=reason, before=before)
    )
    tell(presence.user_id)


def tell(user_id: int) -> None:
    """Tell the person's own pages, and the floors of their principals, that the presence changed."""
    live.push(f"user:{user_id}", "presence")
    for principal_id in User.principals.through.objects.filter(user_id=user_id).values_list("principal_id", flat=True):
        live.push(f"floor:{principal_id}", "board")
