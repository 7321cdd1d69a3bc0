"""Many contacts arrive at once: a mailbox found full, a channel that hands over what it gathered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from ligne.contacts.events import ContactArrived, CustomerChosen
from ligne.contacts.models import Contact, Message
from ligne.contacts.ports import Sender, channels, line_namers
from ligne.contacts.services.arrival import KNOWN_FOR, MAX_TEXT, _plain, arrive
from ligne.customers import reads as customers
from ligne.kit import bus, clock, copying, phones, sql
from ligne.kit.errors import Invalid, NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One of many, as `arrive` is told of it; without files, and following no other exchange."""

    channel: str
    sender: Sender
    subject: str = ""
    text: str = ""
    html: str = ""
    quoted: str = ""
    external_id: str = ""
    thread: str = ""
    queue: str = ""
    message_external_id: str = ""


def arrive_many(viewer: Viewer, *, principal_id: int, arrivals: Sequence[Arrival]) -> list[int]:
    """`arrive` for each, in one transaction and a number of statements that does not depend on how many they are;
    returns their contacts' ids in the same order. The same `external_id` twice, now or before, is one contact.

    Raises `Invalid` naming the field, `NotFound`; nothing arrived then.
    """
    if not viewer.sees(principal_id):
        raise NotFound
    for one in arrivals:
        if one.channel not in channels:
            raise Invalid(N_("There is no channel called “%(channel)s”."), field="channel", channel=one.channel)
    try:
        with transaction.atomic():
            return _arrive(viewer, principal_id, arrivals)
    except IntegrityError:
        # Somebody delivers some of the same at the same moment: one by one, each finds its own.
        with transaction.atomic():
            return [_alone(viewer, principal_id, one) for one in arrivals]


def _alone(viewer: Viewer, principal_id: int, one: Arrival) -> int:
    facts: dict[str, Any] = {name: getattr(one, name) for name in Arrival.__dataclass_fields__}
    return arrive(viewer, principal_id=principal_id, **facts).pk


Key = tuple[str, str]  # channel, external id; ("", "number") for one without


def _arrive(viewer: Viewer, principal_id: int, arrivals: Sequence[Arrival]) -> list[int]:
    keys: list[Key] = [
        (one.channel, _plain(one.external_id, 300)) if one.external_id else ("", str(number))
        for number, one in enumerate(arrivals)
    ]
    known = _arrived_before(principal_id, keys)
    fresh: dict[Key, Arrival] = {}
    for key, one in zip(keys, arrivals, strict=True):
        if key not in known:
            fresh.setdefault(key, one)
    now = clock.now()
    made = _contacts(viewer, principal_id, list(fresh.values()), now)
    _messages(principal_id, made, now)
    _announce(viewer, principal_id, made)
    known |= {key: new.id for key, new in zip(fresh, made, strict=True)}
    return [known[key] for key in keys]


def _arrived_before(principal_id: int, keys: Sequence[Key]) -> dict[Key, int]:
    named = [key for key in keys if key[0]]
    if not named:
        return {}
    found = sql.rows(
        """
        SELECT contact.channel, contact.external_id, contact.id
          FROM unnest(%(channels)s::text[], %(names)s::text[]) AS named(channel, external_id)
          JOIN contacts_contact AS contact USING (channel, external_id)
         WHERE contact.principal_id = %(principal)s AND contact.external_id <> ''
        """,
        {"principal": principal_id, "channels": [key[0] for key in named], "names": [key[1] for key in named]},
        planned=False,
    )
    return {(channel, external_id): contact_id for channel, external_id, contact_id in found}


class _New(NamedTuple):
    """What is written of a new contact: the columns that differ from one to the next (`_COLUMNS`), then what is said
    elsewhere."""

    id: int
    channel: str
    queue: str
    subject: str
    external_id: str
    thread: str
    customer_id: int | None
    identification: str
    from_name: str
    from_email: str
    from_phone: str
    unread: int
    state: str
    arrival: Arrival


_COLUMNS = _New._fields[:12]


def _contacts(viewer: Viewer, principal_id: int, arrivals: Sequence[Arrival], now: datetime) -> list[_New]:
    """Write the contacts; who they are from is found out first."""
    if not arrivals:
        return []
    phone_of = [(one.sender.phone and phones.parse_or_none(one.sender.phone)) or "" for one in arrivals]
    callers = [
        customers.Caller(phone=phone, email=one.sender.email, name=one.sender.name)
        for phone, one in zip(phone_of, arrivals, strict=True)
    ]
    identified = customers.identify_many(viewer, principal_id=principal_id, callers=callers)
    ids = copying.next_ids(Contact._meta.db_table, len(arrivals))
    made = [
        _New(
            id=contact_id,
            channel=one.channel,
            queue=queue,
            subject=_plain(one.subject, 300),
            external_id=_plain(one.external_id, 300),
            thread=one.thread,
            customer_id=found.customer_id,
            identification=json.dumps(_kept(found)),
            from_name=_plain(one.sender.name, 200),
            from_email=_plain(one.sender.email, 254).lower(),
            from_phone=phone or _plain(one.sender.phone, 20),
            unread=int(_says_something(one)),
            state=found.state,
            arrival=one,
        )
        for contact_id, one, phone, found, queue in zip(
            ids, arrivals, phone_of, identified, _queues(principal_id, arrivals), strict=True
        )
    ]
    rows = [new[: len(_COLUMNS)] for new in made]
    copying.add(Contact, _COLUMNS, rows, principal_id=principal_id, arrived_at=now)
    return made


def _queues(principal_id: int, arrivals: Sequence[Arrival]) -> Sequence[str]:
    """Where each will be placed: a row that is written with its queue need not be written again."""
    wanted = [(one.channel, one.queue) for one in arrivals]
    for name in line_namers:
        return name(principal_id, wanted)
    return [""] * len(wanted)


def _kept(found: customers.Identification) -> dict[str, Any]:
    candidates = []
    for one in found.candidates:
        facts = asdict(one)
        facts["name"] = facts.pop("display_name")
        candidates.append(facts)
    return {"state": found.state, "customer_id": found.customer_id, "candidates": candidates}


def _says_something(one: Arrival) -> bool:
    return bool(one.text or one.html or one.message_external_id)


def _messages(principal_id: int, made: Sequence[_New], now: datetime) -> None:
    rows = [
        (
            new.id,
            _plain(new.arrival.sender.name or new.arrival.sender.email, 200),
            new.subject,
            _plain(new.arrival.text, MAX_TEXT),
            _plain(new.arrival.html, MAX_TEXT),
            _plain(new.arrival.quoted, MAX_TEXT),
            new.arrival.message_external_id,
        )
        for new in made
        if _says_something(new.arrival)
    ]
    said = ("contact_id", "author_name", "subject", "text", "html", "quoted", "external_id")
    same = {"principal_id": principal_id, "kind": Message.Kind.IN.value, "created_at": now}
    copying.add(Message, said, rows, **same)


def _announce(viewer: Viewer, principal_id: int, made: Sequence[_New]) -> None:
    knows = _who_knows({new.customer_id for new in made if new.customer_id}, clock.now())
    bus.announce_many(
        [
            ContactArrived(
                subject_id=new.id,
                principal_id=principal_id,
                customer_id=new.customer_id,
                actor_id=viewer.user_id,
                channel=new.channel,
                direction="in",
                queue=new.arrival.queue,
                from_name=new.from_name,
                from_email=new.from_email,
                from_phone=new.from_phone,
                subject=new.subject,
                identification=new.state,
                preferred_id=knows.get(new.customer_id or 0),
            )
            for new in made
        ]
    )
    bus.announce_many(
        [
            CustomerChosen(
                subject_id=new.id,
                principal_id=principal_id,
                customer_id=new.customer_id,
                actor_id=viewer.user_id,
            )
            for new in made
            if new.customer_id
        ]
    )


def _who_knows(customer_ids: set[int], now: datetime) -> Mapping[int, int]:
    """The advisor who had each of these customers last, as {customer id: user id}."""
    if not customer_ids:
        return {}
    found = sql.rows(
        """
        SELECT DISTINCT ON (c.customer_id) c.customer_id, c.advisor_id
          FROM contacts_contact c JOIN staff_user u ON u.id = c.advisor_id AND u.is_active
         WHERE c.customer_id = ANY (%(customers)s::bigint[]) AND c.wrapped_up_at >= %(since)s
         ORDER BY c.customer_id, c.wrapped_up_at DESC
        """,
        {"customers": sql.array(customer_ids), "since": now - KNOWN_FOR},
        planned=False,
    )
    return dict(found)
