"""The floor's questions: within one's principals, by constant numbers of queries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ligne.contacts import services as contacts
from ligne.kit import clock
from ligne.kit.errors import Forbidden, Invalid, NotFound
from ligne.kit.viewer import Viewer
from ligne.staff import services as staff_services
from ligne.supervision import reads, services
from ligne.supervision.models import NoticeReader
from ligne.supervision.ports import Alert, alert_sources
from tests.supervision.conftest import NOON, Floor, later


def _present(floor: Floor, who: str, state: str = "available", reason: str = "") -> None:
    staff_services.connect(floor.people[who].pk)
    staff_services.set_presence(floor.viewer(who), user_id=floor.people[who].pk, state=state, reason=reason)


def test_the_board_counts_what_happened(floor: Floor) -> None:
    for seconds in (10, 20, 40):
        floor.answer(later(seconds=seconds), floor.arrive(NOON))
    floor.abandon(later(seconds=50), floor.arrive(NOON))
    floor.arrive(later(minutes=2))
    floor.arrive(NOON, floor.elsewhere)
    with clock.at(later(minutes=2, seconds=10)):
        board = reads.board(floor.viewer("claire"))
    chat = next(row for row in board.queues if row.facts.slug == "chat")
    assert [row.facts.slug for row in board.queues] == ["chat", "courriel"]
    assert (chat.level_today, chat.level_now, chat.today.pending) == (0.5, 0.5, 1)
    assert chat.tone == "bad"
    assert (board.figures.waiting, board.figures.today.abandoned) == (1, 1)
    with clock.at(later(minutes=3)):  # nobody answered: now it counts as late
        assert reads.queue_rows(floor.viewer("claire"))[0].level_today == 0.4


def test_nothing_offered_has_no_value(floor: Floor) -> None:
    board = reads.board(floor.viewer("claire"))
    assert {row.level_today for row in board.queues} == {None}
    assert (board.figures.target, board.figures.tone) == (None, "mute")


def test_queries_do_not_grow_with_exchanges(floor: Floor, django_assert_max_num_queries: object) -> None:
    claire = floor.viewer("claire")
    for _ in range(12):
        floor.answer(later(seconds=10), floor.arrive(NOON))
    with clock.at(later(minutes=1)), django_assert_max_num_queries(20):  # type: ignore[operator]
        reads.board(claire)
    with clock.at(later(minutes=1)), django_assert_max_num_queries(2):  # type: ignore[operator]
        reads.page(claire, "answered")


def test_the_floor_is_for_those_who_lead_it(floor: Floor) -> None:
    nadia, hugo = floor.viewer("nadia"), floor.viewer("hugo")
    figures: list[Callable[[Viewer], object]] = [reads.board, reads.arrivals, reads.late_work]
    people: list[Callable[[Viewer], object]] = [reads.advisors, reads.alerts, reads.published]
    for question in figures + people:
        with pytest.raises(Forbidden):
            question(nadia)
    with pytest.raises(Forbidden):
        reads.page(nadia, "offered")
    for question in people:
        with pytest.raises(Forbidden):
            question(hugo)
    for question in figures:
        question(hugo)


def test_every_figure_opens_its_exchanges(floor: Floor) -> None:
    floor.answer(later(seconds=10), floor.arrive(NOON, name="À temps"))
    floor.answer(later(seconds=99), floor.arrive(NOON, name="En retard"))
    floor.abandon(later(seconds=99), floor.arrive(NOON, name="Parti"))
    floor.close(later(seconds=400), floor.answer(later(seconds=5), floor.arrive(NOON, name="Traité")))
    floor.arrive(NOON, name="Attend")
    floor.arrive(NOON, floor.elsewhere, name="Ailleurs")
    expected = {
        "waiting": {"Attend"},
        "live": {"Attend"},
        "in_hand": {"À temps", "En retard"},
        "late": {"Attend"},
        "offered": {"À temps", "En retard", "Parti", "Traité", "Attend"},
        "answered": {"À temps", "En retard", "Traité"},
        "in_target": {"À temps", "Traité"},
        "missed": {"En retard", "Parti"},
        "abandoned": {"Parti"},
        "handled": {"Traité"},
    }
    assert set(expected) == set(reads.FIGURES)
    with clock.at(later(minutes=10)):
        claire = floor.viewer("claire")
        for figure, names in expected.items():
            assert {row.who for row in reads.page(claire, figure).rows} == names, figure
        assert reads.page(claire, "offered", queue="courriel").rows == []
        assert reads.page(claire, "offered", day=date(2026, 11, 22)).rows == []
        assert len(reads.page(claire, "offered", slot=24).rows) == 5
        assert [row.who for row in reads.late_work(claire)] == ["Attend"]


def test_pages_follow_one_another_without_gap(floor: Floor) -> None:
    for index in range(7):
        floor.arrive(later(seconds=index // 2), name=str(index))
    with clock.at(later(minutes=1)):
        seen, after = [], ""
        while True:
            page = reads.page(floor.viewer("claire"), "offered", after=after, size=3)
            seen += [row.who for row in page.rows]
            if not (after := page.after):
                break
        assert seen == ["6", "5", "4", "3", "2", "1", "0"]
        assert len(reads.page(floor.viewer("claire"), "offered", after="nonsense").rows) == 7


def test_advisors_in_the_order_of_names_with_what_they_hold(floor: Floor) -> None:
    with clock.at(NOON):
        _present(floor, "yanis")
        _present(floor, "nadia")
        _present(floor, "zoe")
    floor.answer(later(seconds=5), floor.arrive(NOON, name="Anne"), "nadia")
    with clock.at(later(seconds=10)):
        rows = reads.advisors(floor.viewer("claire"))
    assert [(row.presence.name, row.kind) for row in rows] == [("Nadia", "busy"), ("Yanis", "available")]
    assert rows[0].exchanges[0].who == "Anne"
    assert [(share.kind, share.count, share.width) for share in reads.shares(rows)] == [
        ("available", 1, 50.0),
        ("busy", 1, 50.0),
    ]


def test_arrivals_beside_what_is_usual(floor: Floor) -> None:
    for weeks in (1, 2, 3):
        for _ in range(weeks):
            floor.arrive(NOON - timedelta(weeks=weeks))
    for _ in range(3):
        floor.arrive(NOON)
    services.fold()
    with clock.at(later(minutes=40)):
        facts = reads.arrivals(floor.viewer("claire"))
    assert (facts.today, facts.usual, facts.slot) == ({24: 3}, {24: 2.0}, 25)
    assert facts.change == 0.5


def test_alerts_say_what_to_look_at(floor: Floor) -> None:
    floor.arrive(NOON)
    with clock.at(NOON):
        _present(floor, "nadia")
        staff_services.set_presence(floor.system(), user_id=floor.people["nadia"].pk, state="not_answering", reason="")
    alert_sources.register("test", lambda viewer: [Alert("Mail kept", tone="info")])
    try:
        with clock.at(later(minutes=2)):
            found = [alert.title for alert in reads.alerts(floor.viewer("claire"))]
    finally:
        alert_sources.remove("test")
    assert found == [
        "%(queue)s: over its limit",
        "%(queue)s: nobody to answer",
        "%(name)s does not answer",
        "Mail kept",
    ]


def test_promises_of_the_day(floor: Floor) -> None:
    with clock.at(NOON):
        for hours in (1, 3):
            contacts.promise_call_back(
                floor.system(),
                principal_id=floor.principal.pk,
                phone="06 12 34 56 78",
                queue="chat",
                window_start=later(hours=hours),
                window_end=later(hours=hours + 1),
            )
    with clock.at(later(hours=2, minutes=30)):
        found = reads.promises(floor.viewer("claire"))
    assert (found.due, found.kept, found.to_come) == (1, 0, 1)


def test_reports_add_up_whatever_they_are_by(floor: Floor) -> None:
    floor.close(later(minutes=5), floor.answer(later(seconds=10), floor.arrive(NOON)))
    floor.arrive(NOON, floor.elsewhere)
    day = NOON.date()
    for who in ("claire", "hugo"):
        viewer = floor.viewer(who)
        for folded in (False, True):
            if folded:
                services.fold()
            for by in reads.choices(viewer):
                total = reads.report(viewer, by, day - timedelta(days=6), day).total
                assert (total.handled, total.resolved, total.handle_s) == (1, 1, 290), by
                assert total.offered == (0 if by == "advisor" else 1)
    assert "advisor" not in reads.choices(floor.viewer("hugo"))


def test_a_report_names_its_lines(floor: Floor) -> None:
    floor.close(later(minutes=5), floor.answer(later(seconds=10), floor.arrive(NOON)))
    day, claire = NOON.date(), floor.viewer("claire")
    keys = {by: reads.report(claire, by, day, day).lines[0].key for by in ("hour", "day", "week", "month", "channel")}
    assert keys == {"hour": 12, "day": day, "week": day, "month": day.replace(day=1), "channel": "chat"}
    assert reads.report(claire, "queue", day, day).lines[0].queue == floor.chat
    assert [line.name for line in reads.report(claire, "advisor", day, day).lines] == ["Nadia"]
    assert reads.report(claire, "day", day, day, queue="courriel").lines == []
    assert reads.report(claire, "advisor", day, day, channel="email").lines == []


def test_a_day_beside_what_is_usual(floor: Floor) -> None:
    for weeks in (1, 2, 3):
        floor.arrive(NOON - timedelta(weeks=weeks))
    floor.arrive(NOON)
    floor.arrive(later(minutes=1))
    services.fold()
    with clock.at(later(hours=2)):
        found = reads.report(floor.viewer("claire"), "hour", NOON.date(), NOON.date())
    assert [(line.key, line.counts.offered, line.usual) for line in found.lines] == [(12, 2, 1.0)]
    assert found.change == 1.0


def test_reports_ask_as_often_whatever_there_is(floor: Floor) -> None:
    claire, day = floor.viewer("claire"), NOON.date()
    with CaptureQueriesContext(connection) as few:
        reads.report(claire, "detail", day - timedelta(days=30), day)
    for index in range(12):
        floor.close(later(hours=index), floor.answer(later(hours=index), floor.arrive(NOON)))
    services.fold()
    with CaptureQueriesContext(connection) as many:
        reads.report(claire, "detail", day - timedelta(days=30), day)
    assert len(many) == len(few)


def test_own_results(floor: Floor) -> None:
    floor.close(later(minutes=5), floor.answer(later(seconds=10), floor.arrive(NOON)))
    day = NOON.date()
    with pytest.raises(Forbidden):
        reads.report(floor.viewer("nadia"), "day", day, day)
    with pytest.raises(Forbidden):
        reads.report(floor.viewer("hugo"), "advisor", day, day)
    for first, last in ((day, day - timedelta(days=1)), (day - timedelta(days=500), day)):
        with pytest.raises(Invalid):
            reads.report(floor.viewer("claire"), "day", first, last)
    mine = reads.own_results(floor.viewer("nadia"), day)
    assert (mine.handled, mine.resolved, mine.mean_handle_s, mine.in_hand) == (1, 1, 290.0, 0)
    assert reads.own_results(floor.viewer("yanis"), day).handled == 0


def test_a_message_reaches_the_team_and_is_read_once(floor: Floor) -> None:
    notice = services.publish(floor.viewer("claire"), text="  Panne fibre à Rennes  ")
    assert notice.text == "Panne fibre à Rennes"
    assert set(NoticeReader.objects.values_list("user__name", flat=True)) == {"Nadia", "Yanis"}
    nadia = floor.viewer("nadia")
    assert [reader.notice_id for reader in reads.unread(nadia)] == [notice.pk]
    services.acknowledge(nadia, notice_id=notice.pk)
    services.acknowledge(nadia, notice_id=notice.pk)
    assert reads.unread(nadia) == []
    published = reads.published(floor.viewer("claire"))[0]
    assert (published.seen, published.asked) == (1, 2)  # type: ignore[attr-defined]
    with pytest.raises(NotFound):
        services.acknowledge(floor.viewer("zoe"), notice_id=notice.pk)


def test_a_message_that_cannot_be_sent_says_why(floor: Floor) -> None:
    with pytest.raises(Forbidden):
        services.publish(floor.viewer("nadia"), text="Bonjour")
    with pytest.raises(NotFound):
        services.publish(floor.viewer("claire"), text="Bonjour", principal_id=floor.other.pk)
    for text, team in (("", None), ("x" * 2001, None), ("Bonjour", 999)):
        with pytest.raises(Invalid):
            services.publish(floor.viewer("claire"), text=text, team_id=team)
    assert not NoticeReader.objects.exists()
