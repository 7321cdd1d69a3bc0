"""Presence: one open stretch of time whatever happens."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from ligne.kit import clock
from ligne.kit.errors import Conflict, Forbidden, Invalid, NotFound
from ligne.kit.viewer import Viewer
from ligne.staff import reads, services, words
from ligne.staff.models import Presence, PresencePeriod
from tests.staff.conftest import Centre

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def _choose(centre: Centre, who: str, state: str, reason: str = "", by: str | None = None) -> Presence:
    return services.set_presence(centre.viewer(by or who), user_id=centre.people[who].pk, state=state, reason=reason)


def test_a_day_is_counted_without_gap(centre: Centre) -> None:
    for minutes, state, reason in [(0, "available", ""), (90, "break", "lunch"), (135, "available", "")]:
        with clock.at(NOON + timedelta(minutes=minutes)):
            _choose(centre, "nadia", state, reason)
    periods = list(PresencePeriod.objects.filter(user=centre.people["nadia"]).order_by("started_at"))
    assert [p.ended_at for p in periods] == [p.started_at for p in periods[1:]] + [None]
    with clock.at(NOON + timedelta(minutes=145)):
        sheet = reads.timesheet_of(centre.viewer("nadia"), user_id=centre.people["nadia"].pk, day=NOON.date())
    assert [(line.state, line.reason, line.seconds) for line in sheet.lines] == [
        ("available", "", 100 * 60),
        ("break", "lunch", 45 * 60),
    ]
    assert sheet.present_s == 145 * 60
    assert centre.kinds() == ["presence.changed"] * 3


def test_the_same_again_changes_nothing(centre: Centre) -> None:
    first = _choose(centre, "nadia", "available")
    again = _choose(centre, "nadia", "available")
    assert again.since == first.since
    assert PresencePeriod.objects.count() == 1
    assert centre.kinds() == ["presence.changed"]


def test_idle_time_starts_with_availability(centre: Centre) -> None:
    with clock.at(NOON):
        _choose(centre, "nadia", "writing")
    with clock.at(NOON + timedelta(minutes=5)):
        assert _choose(centre, "nadia", "available").idle_since == NOON + timedelta(minutes=5)
    with clock.at(NOON + timedelta(minutes=6)):
        assert _choose(centre, "nadia", "break", "short").idle_since is None


def test_a_clock_set_back_stops_nobody(centre: Centre) -> None:
    with clock.at(NOON):
        _choose(centre, "nadia", "available")
    with clock.at(NOON - timedelta(minutes=2)):
        assert _choose(centre, "nadia", "break", "short").since == NOON


def test_who_may_choose_for_whom(centre: Centre) -> None:
    _choose(centre, "nadia", "available")
    changed = _choose(centre, "nadia", "meeting", "team", by="claire")
    assert changed.changed_by_id == centre.people["claire"].pk
    before = Presence.objects.get(user=centre.people["nadia"])
    with pytest.raises(NotFound):  # another principal's advisor does not exist for her
        _choose(centre, "yanis", "break", by="claire")
    with pytest.raises(NotFound):
        _choose(centre, "nadia", "break", by="yanis")
    centre.add("lea", "advisor", centre.bleuet)
    with pytest.raises(Forbidden):
        _choose(centre, "nadia", "break", by="lea")
    with pytest.raises(Invalid):
        _choose(centre, "nadia", "not_answering")
    assert Presence.objects.get(user=centre.people["nadia"]).state == before.state
    assert not Presence.objects.filter(user=centre.people["yanis"]).exists()


def test_a_supervisor_cannot_make_the_absent_work(centre: Centre) -> None:
    with pytest.raises(Conflict):
        _choose(centre, "nadia", "available", by="claire")
    assert PresencePeriod.objects.count() == 0


def test_the_centre_sets_what_happens(centre: Centre) -> None:
    _choose(centre, "nadia", "available")
    now = services.set_presence(
        Viewer.system(), user_id=centre.people["nadia"].pk, state=words.NOT_ANSWERING, reason=""
    )
    assert (now.state, now.idle_since, now.changed_by_id) == ("not_answering", None, None)


def test_after_call_work_is_counted_and_prolonged_with_a_reason(centre: Centre) -> None:
    nadia = centre.people["nadia"].pk
    with clock.at(NOON):
        _choose(centre, "nadia", "available")
    with clock.at(NOON + timedelta(minutes=1)):
        services.enter_after_call(nadia)
    with clock.at(NOON + timedelta(minutes=3)):
        now = services.prolong_after_call(centre.viewer("nadia"), reason="file")
    assert (now.state, now.reason, now.since) == ("after_call", "file", NOON + timedelta(minutes=1))
    with pytest.raises(Invalid):
        services.prolong_after_call(centre.viewer("nadia"), reason="coffee")
    assert services.leave_after_call(nadia).state == "available"
    assert PresencePeriod.objects.filter(user=nadia, state="after_call", reason="file").count() == 1
    _choose(centre, "nadia", "break", "short")
    assert services.leave_after_call(nadia).state == "break"


def test_the_silent_are_dropped_and_the_away_keep_their_time(centre: Centre) -> None:
    lea = centre.add("lea", "advisor", centre.bleuet)
    with clock.at(NOON):
        for who in ("nadia", "lea", "yanis"):
            services.connect(centre.people[who].pk)
            _choose(centre, who, "available")
        _choose(centre, "lea", "break", "lunch")
    with clock.at(NOON + timedelta(seconds=20)):
        services.heartbeat([centre.people["yanis"].pk])
    later = NOON + timedelta(seconds=40)
    with clock.at(later):
        dropped = services.drop_silent(later)
        assert sorted(dropped) == sorted([centre.people["nadia"].pk, lea.pk])
        assert services.drop_silent(later) == []
    assert Presence.objects.get(user=centre.people["nadia"]).reason == "connection_lost"
    assert Presence.objects.get(user=lea).state == "break"
    assert Presence.objects.get(user=centre.people["yanis"]).state == "available"


def test_a_heartbeat_takes_one_or_many(centre: Centre) -> None:
    nadia = centre.people["nadia"].pk
    services.connect(nadia)
    with clock.at(NOON):
        services.heartbeat(nadia)
        services.heartbeat([])
    assert Presence.objects.get(user=nadia).heartbeat_at == NOON


def test_unknown_people_have_no_presence(centre: Centre) -> None:
    with pytest.raises(NotFound):
        services.set_presence(Viewer.system(), user_id=10**9, state="available")
    services.connect(10**9)
    assert not Presence.objects.filter(user_id=10**9).exists()


@pytest.mark.django_db(transaction=True)
def test_two_changes_at_once_leave_one_open_period() -> None:
    house = Viewer.system()
    user = services.create_person(house, email="n@exemple.test", name="Nadia", role="advisor")
    problems: list[BaseException] = []

    def change(state: str) -> None:
        try:
            for _ in range(5):
                services.set_presence(house, user_id=user.pk, state=state)
        except BaseException as problem:
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=change, args=(state,)) for state in ("available", "break", "writing")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert PresencePeriod.objects.filter(user=user, ended_at__isnull=True).count() == 1
    assert PresencePeriod.objects.get(user=user, ended_at__isnull=True).state == Presence.objects.get(user=user).state
