"""Questions and writings made once: the same answers as Django's own, whatever they are asked with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from ligne.kit import locks, sql
from ligne.kit.errors import NotFound
from ligne.kit.prepared import Prepared
from ligne.staff.models import Principal, Team, User

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> list[User]:
    team = Team.objects.create(name="Nord 100 %")
    made = [User.objects.create_user(f"p{n}@exemple.test", name=f"P {n}", role="advisor") for n in range(4)]
    made[0].team = team
    made[0].save()
    return made


def test_whole_rows_and_what_they_point_to_are_those_of_django(people: list[User]) -> None:
    asked = Prepared(lambda number: User.objects.select_related("team").filter(pk=number))
    found = asked.one(number=people[0].pk)
    assert found == people[0]
    with CaptureQueriesContext(connection) as captured:
        assert found is not None
        assert found.team is not None
        assert found.team.name == "Nord 100 %"
    assert not captured
    alone = asked.one(number=people[1].pk)
    assert alone is not None
    assert alone.team is None
    assert asked.one(number=0) is None


def test_it_is_asked_again_with_other_values_many_or_none(people: list[User]) -> None:
    asked = Prepared(lambda numbers: User.objects.filter(pk__in=numbers).order_by("pk").values_list("pk", flat=True))
    ids = [one.pk for one in people]
    for wanted in ((), ids[:1], frozenset(ids), ids[1:3], [0], ()):
        for _ in range(5):  # past the moment from which PostgreSQL keeps the plan
            assert asked.all(numbers=wanted) == sorted(set(wanted) & set(ids))


def test_what_stands_in_the_question_is_kept_as_it_is(people: list[User]) -> None:
    Team.objects.create(name="%s et %(x)s")
    assert Prepared(lambda: Team.objects.filter(name="%s et %(x)s").values_list("name", flat=True)).all() == [
        "%s et %(x)s"
    ]
    asked = Prepared(lambda part, since: User.objects.filter(name__startswith="P", email=part, created_at__lt=since))
    assert asked.one(part="p2@exemple.test", since=datetime.now(UTC) + timedelta(days=1)) == people[2]
    assert asked.one(part="p2@exemple.test", since=NOON - timedelta(days=4000)) is None


def test_values_are_converted_as_django_does(people: list[User]) -> None:
    house = Principal.objects.create(slug="maison", name="Maison", policies={"a": [1, "é"]})
    pairs = Prepared(lambda number: Principal.objects.filter(pk=number).values_list("slug", "policies"))
    assert pairs.one(number=house.pk) == ("maison", {"a": [1, "é"]})


def test_hostile_text_is_only_text(people: list[User]) -> None:
    asked = Prepared(lambda name: User.objects.filter(name=name))
    assert asked.all(name="P 0") == people[:1]
    assert asked.all(name="' OR 1=1 --") == []
    assert asked.all(name="%s") == []
    assert User.objects.filter(name__startswith="P ").count() == len(people)


def test_a_question_is_asked_with_plain_values_only() -> None:
    with pytest.raises(TypeError):
        Prepared(lambda value: User.objects.filter(pk=value)).one(value=1.5)
    with pytest.raises(TypeError):
        Prepared(lambda number: User.objects.filter(pk=number).values("name")).one(number=1)


def test_a_value_that_a_lookup_changes_is_refused_and_not_asked_for_ever() -> None:
    with pytest.raises(TypeError, match="part"):
        Prepared(lambda part: User.objects.filter(name__startswith=part)).all(part="P")


def test_a_new_row_is_written_and_changed_as_it_stands() -> None:
    house = sql.insert(Principal(slug="neuve", name="Neuve", policies={"b": None}))
    assert Principal.objects.get(pk=house.pk).policies == {"b": None}
    house.name, house.slug, house.policies = "Autre", "pas-écrit", {"c": 1}
    sql.update(house, "name", "policies")
    again = Principal.objects.get(pk=house.pk)
    assert (again.name, again.slug, again.policies) == ("Autre", "neuve", {"c": 1})
    with pytest.raises(ValueError, match="has not all"):
        sql.update(house, "nom")


@pytest.mark.django_db(transaction=True)
def test_a_row_is_locked_within_a_transaction_only() -> None:
    team = Team.objects.create(name="Sud")
    with transaction.atomic():
        assert locks.row(Team, pk=team.pk) == team
        with pytest.raises(NotFound):
            locks.row(Team, pk=0)
    with pytest.raises(transaction.TransactionManagementError):
        locks.row(Team, pk=team.pk)
