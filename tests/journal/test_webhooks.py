from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.db import transaction

from ligne.journal import reads
from ligne.journal.models import Delivery, Entry, Subscription
from ligne.journal.rules import webhooks as rules
from ligne.journal.services import webhooks
from ligne.kit import bus, clock
from ligne.kit.errors import Forbidden, Invalid, NotFound
from ligne.kit.viewer import Viewer

from .conftest import Parcel

ADMIN = Viewer(user_id=1, role="administrator", principals=frozenset({1}))
OTHER = Viewer(user_id=2, role="administrator", principals=frozenset({2}))
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


class Receiver:
    """Somebody's real HTTP server: notes what it is told, answers as it is bid."""

    def __init__(self) -> None:
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        self.location = ""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.told.append((dict(self.headers), body))
                self.send_response(receiver.status)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Be quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.fixture(autouse=True)
def _fresh(settings) -> Iterator[None]:  # type: ignore[no-untyped-def]
    settings.WEBHOOKS_PRIVATE = True
    webhooks.forget_known()
    yield
    webhooks.forget_known()


@pytest.fixture
def announce(db: None, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[int]]:
    """Announce a parcel; returns the deliveries it made."""
    from ligne.journal import services

    made: list[int] = []

    def record(event: bus.Event, at: datetime) -> int:
        entry = services.record(event, at)
        made.extend(webhooks.prepare(event, entry))
        return entry

    monkeypatch.setattr(bus, "_recorder", record)
    monkeypatch.setitem(bus.kinds, "parcel.sent", Parcel)

    def run(**facts: object) -> list[int]:
        made.clear()
        with transaction.atomic():
            bus.announce(Parcel(**({"subject_id": 7, "principal_id": 1, "name": "Anne"} | facts)))
        return list(made)

    return run


@pytest.mark.django_db
def test_what_happens_is_told_and_signed(receiver: Receiver, announce: Callable[..., list[int]]) -> None:
    secret, row = webhooks.subscribe(ADMIN, principal_id=1, url=receiver.url, kinds=["parcel.sent"])
    assert secret not in Subscription.objects.get(pk=row.pk).secret
    [number] = announce(customer_id=9)
    assert webhooks.deliver(number) is None
    [(headers, body)] = receiver.told
    told = json.loads(body)
    assert told["id"] == headers["Ligne-Delivery"] == str(number)
    assert (told["kind"], told["subject"]) == ("parcel.sent", {"type": "parcel", "id": 7})
    assert (told["principal"], told["customer_id"], told["data"]) == (1, 9, {"weight": 1.5})
    assert "personal" not in told
    assert b"Anne" not in body
    stamp, signed = (part.split("=", 1)[1] for part in headers["Ligne-Signature"].split(","))
    assert hmac.compare_digest(
        signed, hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    )
    assert Delivery.objects.get().status == "delivered"
    webhooks.deliver(number)
    assert len(receiver.told) == 1


@pytest.mark.django_db
def test_personal_fields_are_told_only_where_asked(receiver: Receiver, announce: Callable[..., list[int]]) -> None:
    webhooks.subscribe(ADMIN, principal_id=1, url=receiver.url, personal=True)
    [number] = announce()
    webhooks.deliver(number)
    assert json.loads(receiver.told[0][1])["personal"] == {"name": "Anne"}


@pytest.mark.django_db
def test_only_what_was_subscribed_is_told(receiver: Receiver, announce: Callable[..., list[int]]) -> None:
    webhooks.subscribe(OTHER, principal_id=2, url=receiver.url)
    webhooks.subscribe(ADMIN, principal_id=1, url=receiver.url, kinds=["webhook.changed"])
    _, row = webhooks.subscribe(ADMIN, principal_id=1, url=receiver.url)
    assert len(announce()) == 1
    webhooks.change(ADMIN, subscription_id=row.pk, active=False)
    assert announce() == []
    webhooks.unsubscribe(ADMIN, subscription_id=row.pk)
    assert announce() == []


@pytest.mark.django_db
def test_a_subscription_removed_elsewhere_does_not_fail_the_verb(
    receiver: Receiver, announce: Callable[..., list[int]]
) -> None:
    _, row = webhooks.subscribe(ADMIN, principal_id=1, url=receiver.url)
    announce()
    Subscription.objects.filter(pk=row.pk).delete()  # another process did; this one still knows it
    assert announce() == []
    assert Entry.objects.filter(kind="parcel.sent").count() == 2


@pytest.mark.django_db
def test_a_refusal_is_tried_again_then_parked_and_may_be_sent_again(
    receiver: Receiver, announce: Callable[..., list[int]]
) -> None:
    webhooks.subscribe(ADMIN, principal_id=1, url=receiver.url, kinds=["parcel.sent"])
    receiver.status = 503
    with clock.at(NOW):
        [number] = announce()
        moment = NOW
        again = webhooks.deliver(number)
    waits = []
    while again is not None:
        waits.append(again - moment)
        moment = again
        with clock.at(moment):
            again = webhooks.deliver(number)
    assert waits[:3] == [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
    assert moment <= NOW + timedelta(hours=24)
    row = Delivery.objects.get()
    assert (row.status, row.answer, row.attempts) == ("parked", "503", len(waits) + 1)
    assert {headers["Ligne-Delivery"] for headers, _ in receiver.told} == {str(number)}
    receiver.status = 200
    webhooks.retry(ADMIN, delivery_id=number)
    webhooks.deliver(number)
    assert Delivery.objects.get().status == "delivered"


@pytest.mark.django_db
def test_a_redirect_is_not_followed(receiver: Receiver, announce: Callable[..., list[int]]) -> None:
    receiver.status, receiver.location = 302, receiver.url
    webhooks.subscribe(ADMIN, principal_id=1, url=receiver.url, kinds=["parcel.sent"])
    [number] = announce()
    assert webhooks.deliver(number) is not None
    assert (len(receiver.told), Delivery.objects.get().answer) == (1, "302")


@pytest.mark.django_db
def test_our_own_network_is_not_called(receiver: Receiver, announce: Callable[..., list[int]], settings) -> None:  # type: ignore[no-untyped-def]
    url = receiver.url.replace("127.0.0.1", "localhost")
    webhooks.subscribe(ADMIN, principal_id=1, url=url, kinds=["parcel.sent"])
    [number] = announce()
    settings.WEBHOOKS_PRIVATE = False
    assert webhooks.deliver(number) is not None
    assert (receiver.told, Delivery.objects.get().answer) == ([], "private address")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://exemple.test/",
        "http://exemple.test/",
        "https://",
        "https://user:pass@exemple.test/",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[fd00::1]/",
        "https://printer.local/",
        "https://exemple.test:0/",
        "https://exemple.test:99999/",
        "https://exem ple.test/",
        "https://[broken/",
        "https://exemple.test/\x00",
    ],
)
def test_addresses_that_may_not_be_called(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.check_url(url, private=False)
    assert refused.value.field == "url"


def test_addresses_that_may_be_called() -> None:
    assert rules.check_url("https://crm.exemple.test/ligne?x=1", private=False)
    assert rules.check_url("http://127.0.0.1:9000/hook", private=True)


@pytest.mark.django_db
def test_only_administrators_of_the_principal_subscribe(receiver: Receiver) -> None:
    with pytest.raises(Forbidden):
        webhooks.subscribe(
            Viewer(user_id=1, role="supervisor", principals=frozenset({1})), principal_id=1, url=receiver.url
        )
    with pytest.raises(NotFound):
        webhooks.subscribe(OTHER, principal_id=1, url=receiver.url)
    with pytest.raises(Invalid) as refused:
        webhooks.subscribe(ADMIN, principal_id=1, url=receiver.url, kinds=["no.such"])
    assert refused.value.field == "kinds"
    assert not Subscription.objects.exists()
    _, row = webhooks.subscribe(ADMIN, principal_id=1, url=receiver.url)
    assert reads.subscriptions(OTHER) == []
    for verb in (webhooks.change, webhooks.unsubscribe):
        with pytest.raises(NotFound):
            verb(OTHER, subscription_id=row.pk)
    assert Subscription.objects.count() == 1
