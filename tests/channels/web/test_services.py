"""A call is promised once, in a window that is offered, to a number that is one; or nothing is promised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ligne.channels.web import reads, services
from ligne.channels.web.errors import NotCalled, SlotGone
from ligne.contacts import services as contacts
from ligne.contacts.models import CallBack, Contact
from ligne.kit import clock
from ligne.kit.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from tests import world
from tests.channels.web.conftest import NOW

TOKEN = "formulaire-0123456789"


def ask(**facts: object) -> CallBack:
    facts = {"queue": "garance-voice", "form_token": TOKEN, "phone": "06 12 34 56 78", "start": None} | facts
    return services.ask(**facts)  # type: ignore[arg-type]


def test_now_is_a_promise_of_half_an_hour(garance: world.Company) -> None:
    promise = ask(name=" Anne ", topic="Lave-linge en panne")
    assert (promise.principal_id, promise.queue) == (garance.principal.pk, "garance-voice")
    assert (promise.phone, promise.name, promise.topic) == ("+33612345678", "Anne", "Lave-linge en panne")
    assert (promise.window_start, promise.window_end) == (NOW, NOW + timedelta(minutes=30))


def test_a_chosen_window_is_one_of_those_offered(garance: world.Company) -> None:
    slot = reads.offer("garance-voice").slots[3]
    promise = ask(start=slot[0])
    assert (promise.window_start, promise.window_end) == slot


@pytest.mark.parametrize(
    ("facts", "error", "field"),
    [
        ({"phone": "bonjour"}, Invalid, "phone"),
        ({"phone": ""}, Invalid, "phone"),
        ({"phone": "0899 12 34 56"}, NotCalled, "phone"),
        ({"start": NOW}, SlotGone, "start"),
        ({"start": NOW - timedelta(days=1)}, SlotGone, "start"),
        ({"form_token": "x"}, Invalid, None),
    ],
)
def test_what_does_not_fit_promises_nothing(
    garance: world.Company, facts: dict[str, object], error: type[Invalid], field: str | None
) -> None:
    with pytest.raises(error) as refusal:
        ask(**facts)
    assert refusal.value.field == field
    assert not CallBack.objects.exists()


def test_closed_there_is_no_now(garance: world.Company) -> None:
    with clock.at(datetime(2026, 11, 22, 9, tzinfo=UTC)):
        assert not reads.offer("garance-voice").now
        with pytest.raises(SlotGone):
            ask()
        promise = ask(start=reads.offer("garance-voice").slots[0][0])
    assert promise.window_start == datetime(2026, 11, 23, 8, tzinfo=UTC)


def test_an_unknown_queue_does_not_exist(garance: world.Company) -> None:
    with pytest.raises(NotFound):
        ask(queue="inconnue")


def test_the_same_form_twice_promises_once_even_when_its_window_has_gone(garance: world.Company) -> None:
    slot = reads.offer("garance-voice").slots[0]
    first = ask(start=slot[0])
    with clock.at(slot[0] + timedelta(minutes=1)):
        again = ask(start=slot[0])
    assert first.pk == again.pk
    assert CallBack.objects.count() == 1


def test_one_number_is_promised_a_few_calls_a_day(garance: world.Company) -> None:
    for number in range(5):
        ask(form_token=f"{TOKEN}{number}")
    with pytest.raises(TooMany):
        ask(form_token=f"{TOKEN}x")
    assert CallBack.objects.count() == 5


def test_the_link_leads_to_its_own_promise_alone(garance: world.Company) -> None:
    link = reads.link_to(ask())
    assert reads.promise_of(link)[1].phone == "+33612345678"
    for wrong in (link[:-1] + ("a" if link[-1] != "a" else "b"), "", "1", link.swapcase()):
        with pytest.raises(NotFound):
            reads.promise_of(wrong)


def test_the_customer_moves_and_cancels_by_the_link(garance: world.Company) -> None:
    promise = ask()
    link = reads.link_to(promise)
    slot = reads.offer("garance-voice").slots[5]
    moved = services.move(link, start=slot[0])
    assert (moved.window_start, moved.window_end) == slot
    with pytest.raises(SlotGone):
        services.move(link, start=NOW - timedelta(days=2))
    assert services.cancel(link).state == "cancelled"
    assert services.cancel(link).state == "cancelled"
    with pytest.raises(Conflict):
        services.move(link, start=slot[0])


def test_the_words_of_a_window(garance: world.Company) -> None:
    from django.utils import translation

    tomorrow = datetime(2026, 11, 24, 9, tzinfo=UTC)
    with translation.override("fr"):
        assert reads.words_of((NOW, NOW + timedelta(minutes=30)), "Europe/Paris").startswith("dès que possible, avant")
        later = NOW + timedelta(hours=2)
        assert reads.words_of((later, later + timedelta(hours=1)), "Europe/Paris").startswith("aujourd’hui, entre")
        words = reads.words_of((tomorrow, tomorrow + timedelta(hours=1)), "Europe/Paris")
    assert words.startswith("mardi 24 novembre, entre 10")


def in_hand(company: world.Company) -> tuple[CallBack, Contact]:
    promise = ask()
    contact = contacts.start_call_back(promise.pk)
    contacts.move(company.system, contact_id=contact.pk, passage="offer", advisor_id=company.advisor.pk)
    contacts.move(company.viewer(), contact_id=contact.pk, passage="accept")
    promise.refresh_from_db()
    return promise, contact


def test_a_call_that_reached_keeps_the_promise_and_leads_to_wrap_up(garance: world.Company) -> None:
    promise, contact = in_hand(garance)
    services.attempt(garance.viewer(), call_back_id=promise.pk, result="reached")
    promise.refresh_from_db()
    contact.refresh_from_db()
    assert (promise.state, promise.attempts, contact.state) == ("kept", 1, "wrap_up")
    assert list(contact.messages.values_list("text", flat=True)) == ["Call made: the customer was reached."]


def test_a_call_without_answer_is_tried_again(garance: world.Company) -> None:
    promise, contact = in_hand(garance)
    services.attempt(garance.viewer(), call_back_id=promise.pk, result="busy")
    promise.refresh_from_db()
    contact.refresh_from_db()
    assert (promise.state, promise.attempts, contact.state) == ("promised", 1, "wrap_up")


def test_only_who_has_the_call_says_what_it_came_to(garance: world.Company, bleuet: world.Company) -> None:
    promise, contact = in_hand(garance)
    with pytest.raises(Forbidden):
        services.attempt(garance.viewer("colleague"), call_back_id=promise.pk, result="reached")
    with pytest.raises(NotFound):
        services.attempt(bleuet.viewer(), call_back_id=promise.pk, result="reached")
    with pytest.raises(Invalid):
        services.attempt(garance.viewer(), call_back_id=promise.pk, result="peut-être")
    promise.refresh_from_db()
    assert (promise.state, promise.attempts) == ("in_progress", 0)
    assert not contact.messages.exists()
