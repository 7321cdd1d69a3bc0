"""Promises to call."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ligne.contacts import services
from ligne.contacts.models import CallBack, Contact
from ligne.contacts.rules import promises
from ligne.kit import clock
from ligne.kit.errors import Conflict, Invalid, NotFound
from tests.world import Company


def promise(company: Company, **facts: object) -> CallBack:
    now = clock.now()
    facts = {
        "principal_id": company.principal.pk,
        "phone": "06 39 98 22 90",
        "queue": f"{company.principal.slug}-voice",
        "window_start": now + timedelta(hours=1),
        "window_end": now + timedelta(hours=2),
        "name": "Anne Lefèvre",
    } | facts
    return services.promise_call_back(company.system, **facts)  # type: ignore[arg-type]


def test_a_promise_keeps_its_number_in_international_form(bleuet: Company) -> None:
    assert promise(bleuet).phone == "+33639982290"


def test_the_same_request_promises_once(bleuet: Company) -> None:
    assert promise(bleuet, external_id="form-1").pk == promise(bleuet, external_id="form-1").pk
    assert CallBack.objects.count() == 1


@pytest.mark.parametrize("phone", ["", "bonjour", "12"])
def test_a_number_that_cannot_be_is_refused(bleuet: Company, phone: str) -> None:
    with pytest.raises(Invalid) as refusal:
        promise(bleuet, phone=phone)
    assert refusal.value.field == "phone"
    assert not CallBack.objects.exists()


def test_a_window_that_is_over_is_refused(bleuet: Company) -> None:
    now = clock.now()
    with pytest.raises(Invalid):
        promise(bleuet, window_start=now - timedelta(hours=2), window_end=now - timedelta(hours=1))
    assert not CallBack.objects.exists()


def test_when_its_moment_comes_it_is_one_outgoing_contact(bleuet: Company) -> None:
    made = promise(bleuet)
    first = services.start_call_back(made.pk)
    assert services.start_call_back(made.pk).pk == first.pk
    assert (first.direction, first.channel, first.from_phone) == ("out", "voice", "+33639982290")
    assert Contact.objects.count() == 1


def test_a_customer_who_is_reached_settles_it(bleuet: Company) -> None:
    made = promise(bleuet)
    services.call_back_attempted(bleuet.viewer(), call_back_id=made.pk, reached=True)
    with pytest.raises(Conflict):
        services.call_back_attempted(bleuet.viewer(), call_back_id=made.pk, reached=False)
    made.refresh_from_db()
    assert (made.state, made.attempts) == ("kept", 1)


def test_a_customer_who_is_not_reached_is_tried_again_and_not_for_ever(bleuet: Company) -> None:
    made = promise(bleuet)
    for attempt in range(1, promises.MAX_ATTEMPTS):
        made = services.call_back_attempted(bleuet.viewer(), call_back_id=made.pk, reached=False)
        assert (made.state, made.attempts) == ("promised", attempt)
        assert made.window_start > clock.now()
    made = services.call_back_attempted(bleuet.viewer(), call_back_id=made.pk, reached=False)
    assert made.state == "cancelled"


def test_a_broken_promise_is_told_once_and_can_still_be_kept(bleuet: Company) -> None:
    made = promise(bleuet)
    broken_at = services.break_promise(made.pk).breached_at
    assert services.break_promise(made.pk).breached_at == broken_at
    assert services.call_back_attempted(bleuet.viewer(), call_back_id=made.pk, reached=True).state == "kept"


def test_another_company_cannot_touch_it(bleuet: Company, garance: Company) -> None:
    made = promise(bleuet)
    with pytest.raises(NotFound):
        services.cancel_call_back(garance.viewer(), call_back_id=made.pk)
    made.refresh_from_db()
    assert made.state == "promised"


@pytest.mark.parametrize(("outcome", "state"), [("resolved", "kept"), ("no_answer", "promised")])
def test_closing_the_call_settles_the_promise(bleuet: Company, outcome: str, state: str) -> None:
    made = promise(bleuet)
    call = services.start_call_back(made.pk)
    services.move(bleuet.system, contact_id=call.pk, passage="offer", advisor_id=bleuet.advisor.pk)
    services.move(bleuet.viewer(), contact_id=call.pk, passage="accept")
    services.wrap_up(bleuet.viewer(), contact_id=call.pk, reason_id=bleuet.reason.pk, outcome=outcome, next_step="none")
    made.refresh_from_db()
    assert (made.state, made.attempts) == (state, 1)
