"""Many contacts arrive at once: a mailbox found full, a channel that hands over what it gathered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from ligne.contacts.events import ContactArrived, CustomerChosen
from ligne.contacts.models import Contact, Message
from ligne.contacts.ports import Sender, channels, line_namers
from ligne.contacts.services.arrival import KNOWN_FOR, MAX_TEXT, _plain, arrive
from ligne.customers import reads as customers
from ligne.kit import bus, clock, copying, phones
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


def arrive_many(viewer: Viewer, *, principal_id: int, arrivals: Sequence[Arrival]) -> list[Contact]:
    """`arrive` for each, in one transaction and a number of statements that does not depend on how many they are;
    returns their contacts in the same order. The same `external_id` twice, now or before, is one contact.

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


def _alone(viewer: Viewer, principal_id: int, one: Arrival) -> Contact:
    facts: dict[str, Any] = {name: getattr(one, name) for name in Arrival.__dataclass_fields__}
    return arrive(viewer, principal_id=principal_id, **facts)


Key = tuple[str, str]  # channel, external id; ("", "number") for one without


def _arrive(viewer: Viewer, principal_id: int, arrivals: Sequence[Arrival]) -> list[Contact]:
    keys: list[Key] = [
        (one.channel, _plain(one.external_id, 300)) if one.external_id else ("", str(number))
        for number, one in enumerate(arrivals)
    ]
    known = _arrived_before(principal_id, keys)
    new = {key: one for key, one in reversed(list(zip(keys, arrivals, strict=True))) if key not in known}
    fresh = dict(sorted(new.items(), key=lambda pair: keys.index(pair[0])))
    made = _contacts(viewer, principal_id, list(fresh.values()))
    _messages(made, list(fresh.values()))
    _announce(viewer, principal_id, made, list(fresh.values()))
    known |= dict(zip(fresh, made, strict=True))
    return [known[key] for key in keys]


def _arrived_before(principal_id: int, keys: Sequence[Key]) -> dict[Key, Contact]:
    named = {key for key in keys if key[0]}
    if not named:
        return {}
    found = Contact.objects.filter(
        principal_id=principal_id,
        channel__in={channel for channel, _ in named},
        external_id__in={external_id for _, external_id in named},
    )
    return {(c.channel, c.external_id): c for c in found if (c.channel, c.external_id) in named}


def _contacts(viewer: Viewer, principal_id: int, arrivals: Sequence[Arrival]) -> list[Contact]:
    callers = []
    for one in arrivals:
        phone = phones.parse_or_none(one.sender.phone) if one.sender.phone else None
        callers.append(customers.Caller(phone=phone or "", email=one.sender.email, name=one.sender.name))
    now = clock.now()
    identified = customers.identify_many(viewer, principal_id=principal_id, callers=callers)
    queues = _queues(principal_id, arrivals)
    return copying.insert(
        Contact(
            principal_id=principal_id,
            channel=one.channel,
            queue=queue,
            subject=_plain(one.subject, 300),
            external_id=_plain(one.external_id, 300),
            thread=one.thread,
            customer_id=found.customer_id,
            identification=_kept(found),
            from_name=_plain(one.sender.name, 200),
            from_email=_plain(one.sender.email, 254).lower(),
            from_phone=caller.phone or _plain(one.sender.phone, 20),
            arrived_at=now,
            unread=int(_says_something(one)),
        )
        for one, caller, found, queue in zip(arrivals, callers, identified, queues, strict=True)
    )


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


def _messages(made: Sequence[Contact], arrivals: Sequence[Arrival]) -> None:
    said = [(contact, one) for contact, one in zip(made, arrivals, strict=True) if _says_something(one)]
    rows = (
        (
            contact.principal_id,
            contact.pk,
            _plain(one.sender.name or one.sender.email, 200),
            contact.subject,
            _plain(one.text, MAX_TEXT),
            _plain(one.html, MAX_TEXT),
            _plain(one.quoted, MAX_TEXT),
            one.message_external_id,
            contact.arrived_at,
        )
        for contact, one in said
    )
    copying.add(Message, _SAID, rows, kind=Message.Kind.IN.value)


_SAID = (
    *("principal_id", "contact_id", "author_name", "subject", "text", "html", "quoted"),
    *("external_id", "created_at"),
)


def _announce(viewer: Viewer, principal_id: int, made: Sequence[Contact], arrivals: Sequence[Arrival]) -> None:
    knows = _who_knows({c.customer_id for c in made if c.customer_id}, clock.now())
    bus.announce_many(
        [
            ContactArrived(
                subject_id=contact.pk,
                principal_id=principal_id,
                customer_id=contact.customer_id,
                actor_id=viewer.user_id,
                channel=contact.channel,
                direction=contact.direction,
                queue=one.queue,
                from_name=contact.from_name,
                from_email=contact.from_email,
                from_phone=contact.from_phone,
                subject=contact.subject,
                identification=str(contact.identification["state"]),
                preferred_id=knows.get(contact.customer_id or 0),
            )
            for contact, one in zip(made, arrivals, strict=True)
        ]
    )
    bus.announce_many(
        [
            CustomerChosen(
                subject_id=contact.pk,
                principal_id=principal_id,
                customer_id=contact.customer_id,
                actor_id=viewer.user_id,
            )
            for contact in made
            if contact.customer_id
        ]
    )


def _who_knows(customer_ids: set[int], now: datetime) -> Mapping[int, int]:
    """The advisor who had each of these customers last, as {customer id: user id}."""
    if not customer_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT ON (c.customer_id) c.customer_id, c.advisor_id
              FROM contacts_contact c JOIN staff_user u ON u.id = c.advisor_id AND u.is_active
             WHERE c.customer_id = ANY (%s) AND c.wrapped_up_at >= %s
             ORDER BY c.customer_id, c.wrapped_up_at DESC
            """,
            [list(customer_ids), now - KNOWN_FOR],
        )
        return dict(cursor.fetchall())
