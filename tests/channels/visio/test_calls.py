"""The verbs of a web call: once each, to the right company, and nothing happens when it is refused."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from ligne.channels.visio import reads, services
from ligne.channels.visio.errors import Over
from ligne.channels.visio.models import Signal, WebCall
from ligne.channels.visio.reads import Guest
from ligne.channels.visio.rules import signals, silence
from ligne.contacts import services as contacts
from ligne.contacts.models import Contact
from ligne.journal.models import Entry
from ligne.kit import clock, throttle
from ligne.kit.errors import Forbidden, Invalid, NotFound
from ligne.kit.viewer import Viewer
from ligne.staff import reads as staff
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_floods() -> Iterator[None]:
    throttle.forget()
    yield
    throttle.forget()


@dataclass
class Caller:
    """A customer's page."""

    company: world.Company
    token: str = field(default_factory=lambda: uuid.uuid4().hex * 2)

    def start(self, **facts: str) -> WebCall:
        queue = self.company.queues["chat"].slug
        call = services.start(queue=queue, token=self.token, **({"name": "Anne"} | facts))
        self.guest = Guest(str(call.public_id), self.token)
        return call

    @property
    def contact(self) -> Contact:
        found = reads.call_of(self.guest).contact
        assert found is not None
        return found

    def taken(self) -> Viewer:
        """The company's advisor takes the call."""
        advisor = staff.viewer_of(self.company.advisor)
        contacts.move(
            Viewer.system(self.company.principal.pk),
            contact_id=self.contact.pk,
            passage="take",
            advisor_id=self.company.advisor.pk,
        )
        return advisor


@pytest.fixture
def caller() -> Caller:
    return Caller(world.company("garance"))


def test_a_call_becomes_a_live_contact_once(caller: Caller) -> None:
    first, second = caller.start(email="anne@exemple.test"), caller.start()
    assert first.pk == second.pk
    contact = caller.contact
    assert (contact.channel, contact.from_name, contact.from_email) == ("visio", "Anne", "anne@exemple.test")
    assert contact.principal_id == caller.company.principal.pk
    assert Contact.objects.count() == 1
    assert caller.token not in str(WebCall.objects.values_list()[0])


@pytest.mark.parametrize("facts", [{"email": "anne"}, {"token": "court"}])
def test_what_does_not_fit_calls_nobody(caller: Caller, facts: dict[str, str]) -> None:
    caller.token = facts.pop("token", caller.token)
    with pytest.raises(Invalid):
        caller.start(**facts)
    assert (WebCall.objects.count(), Contact.objects.count()) == (0, 0)


def test_signals_go_to_the_other_side_only_and_only_during_the_call(caller: Caller) -> None:
    caller.start()
    with pytest.raises(Over):
        services.customer_says(caller.guest, kind="hello", body={})
    advisor = caller.taken()
    number = services.advisor_says(
        advisor, contact_id=caller.contact.pk, kind="description", body={"session": "s", "description": {}}
    )
    call = reads.call_of(caller.guest)
    assert [one["id"] for one in reads.news(call)["signals"]] == [number]
    assert reads.signals_for(call, signals.ADVISOR, 0) == []
    services.customer_says(caller.guest, kind="candidate", body={"session": "s"})
    assert len(reads.signals_for(call, signals.ADVISOR, 0)) == 1
    assert reads.news(call, after=number)["signals"] == []


@pytest.mark.django_db(transaction=True)
def test_of_two_signals_at_once_the_later_one_is_never_seen_first(caller: Caller) -> None:
    caller.start()
    advisor, contact_id = caller.taken(), caller.contact.pk
    body = {"session": "s", "description": {}}

    def answer() -> int:
        try:
            return services.customer_says(caller.guest, kind="description", body=body)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            first = services.advisor_says(advisor, contact_id=contact_id, kind="description", body=body)
            second = other.submit(answer)
            with pytest.raises(TimeoutError):
                second.result(timeout=0.5)
        assert second.result(timeout=30) > first


@pytest.mark.parametrize(("kind", "body"), [("eval", {}), ("hello", []), ("hello", {"x": "y" * 70_000}), ("", None)])
def test_a_signal_of_another_kind_or_size_is_not_passed_on(caller: Caller, kind: str, body: object) -> None:
    caller.start()
    advisor = caller.taken()
    with pytest.raises(Invalid):
        services.customer_says(caller.guest, kind=kind, body=body)
    with pytest.raises(Invalid):
        services.advisor_says(advisor, contact_id=caller.contact.pk, kind=kind, body=body)
    assert Signal.objects.count() == 0


def test_only_who_has_the_call_speaks_to_the_customer(caller: Caller) -> None:
    caller.start()
    caller.taken()
    other = staff.viewer_of(caller.company.supervisor)
    with pytest.raises(Forbidden):
        services.advisor_says(other, contact_id=caller.contact.pk, kind="hello", body={})
    stranger = staff.viewer_of(world.company("bleuet").advisor)
    with pytest.raises(NotFound):
        services.advisor_says(stranger, contact_id=caller.contact.pk, kind="hello", body={})
    with pytest.raises(NotFound):
        services.customer_says(Guest(caller.guest.public_id, "x" * 64), kind="hello", body={})
    assert Signal.objects.count() == 0


def test_hanging_up_in_the_line_abandons_and_in_the_call_begins_wrap_up(caller: Caller) -> None:
    caller.start()
    services.hang_up(caller.guest)
    services.hang_up(caller.guest)
    assert (caller.contact.state, caller.contact.outcome) == ("closed", "abandoned")
    second = Caller(caller.company)
    second.start()
    advisor = second.taken()
    services.joined(advisor, contact_id=second.contact.pk)
    services.joined(advisor, contact_id=second.contact.pk)
    services.hang_up(second.guest)
    assert second.contact.state == "wrap_up"
    assert Signal.objects.count() == 0
    assert Entry.objects.filter(kind="visio.joined").count() == 1
    assert [one.data["by"] for one in Entry.objects.filter(kind="visio.ended").order_by("id")] == ["customer"] * 2


def test_the_advisor_ends_the_call_for_the_page_as_well(
    caller: Caller, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    caller.start()
    advisor = caller.taken()
    with django_capture_on_commit_callbacks(execute=True):
        contacts.end_exchange(advisor, contact_id=caller.contact.pk)
    news = reads.news(reads.call_of(caller.guest))
    assert (news["state"], news["ended_by"]) == ("ended", "advisor")


def test_a_page_that_goes_silent_leaves_nobody_waiting(caller: Caller) -> None:
    caller.start()
    now = clock.now()
    assert services.expire_silent() == []
    with clock.at(now + silence.SILENT_AFTER):
        assert services.expire_silent() == [caller.contact.pk]
        assert services.expire_silent() == []
    assert caller.contact.state == "closed"


def test_a_reload_keeps_the_call(caller: Caller) -> None:
    caller.start()
    now = clock.now()
    services.gone(caller.guest)
    with clock.at(now + silence.GONE_AFTER - timedelta(seconds=2)):
        services.here(reads.call_of(caller.guest))
    with clock.at(now + silence.GONE_AFTER + timedelta(seconds=1)):
        assert services.expire_silent() == []
    assert caller.contact.state == "waiting"


def test_what_is_shown_was_agreed_and_is_journalled(caller: Caller) -> None:
    caller.start()
    caller.taken()
    services.customer_says(caller.guest, kind="answer", body={"what": "camera", "agreed": False})
    assert not Entry.objects.filter(kind="visio.picture").exists()
    services.customer_says(caller.guest, kind="answer", body={"what": "camera", "agreed": True})
    [entry] = Entry.objects.filter(kind="visio.picture")
    assert (entry.data["what"], entry.data["side"]) == ("camera", "customer")


def test_the_page_of_a_closed_queue_says_so(client: Client, caller: Caller) -> None:
    page = client.get(f"/call/{caller.company.queues['chat'].slug}/")
    assert page.status_code == 200
    assert "camera=(self)" in page["Permissions-Policy"]
    assert client.get("/call/nulle-part/").status_code == 404


def test_the_api_answers_by_token_alone(client: Client, caller: Caller) -> None:
    queue = caller.company.queues["chat"].slug
    begun = client.post(
        "/call/api/start/", json.dumps({"queue": queue, "token": caller.token}), content_type="application/json"
    )
    assert begun.status_code == 201, begun.content
    address = f"/call/api/{begun.json()['public_id']}/"
    assert client.get(address, HTTP_AUTHORIZATION=f"Bearer {caller.token}").json()["state"] == "waiting"
    assert client.get(address, HTTP_AUTHORIZATION="Bearer wrong").status_code == 404
    assert client.get(address).status_code in {401, 404}
