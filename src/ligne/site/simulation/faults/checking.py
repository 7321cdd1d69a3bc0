"""After a fault: is the service back, and does the centre hold exactly what the customers' side knows?"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db import Error, connection, transaction

from ligne.channels.email.models import RawMail
from ligne.contacts.models import Contact, Message
from ligne.kit import clock
from ligne.kit.invariants import invariants
from ligne.routing.models import WorkItem
from ligne.site.simulation import audit
from ligne.site.simulation.audit import Findings
from ligne.site.simulation.faults.victim import Victim

# A queue without colleagues is no fault here: there are fewer of them than queues.
NOT_ASKED = frozenset({"queues_are_served"})
SETTLED_S = 90.0


def back_after(victim: Victim, patience_s: float = 90.0) -> float | None:
    """Seconds until the centre says it is well, a mail written from now on has become an exchange, and one that arrived
    from now on is offered; None when that takes longer than `patience_s`."""
    began, since = time.monotonic(), clock.now()
    signs: list[Callable[[], bool]] = [victim.healthy, lambda: _mail_handled(since), lambda: _offered(since)]
    while signs and time.monotonic() - began < patience_s:
        if _safely(signs[0]):
            signs.pop(0)
        else:
            time.sleep(0.1)
    return None if signs else round(time.monotonic() - began, 1)


def _safely(look: Callable[[], bool]) -> bool:
    try:
        return look()
    except Error:
        connection.close()
        return False


def _mail_handled(since: datetime) -> bool:
    return RawMail.objects.filter(received_at__gt=since, state=RawMail.State.HANDLED).exists()


def _offered(since: datetime) -> bool:
    return Contact.objects.filter(arrived_at__gt=since, offered_at__gt=since).exists()


def settle(patience_s: float = SETTLED_S) -> bool:
    """Wait until nothing that was acknowledged is still on its way; False when something stays."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if _safely(_quiet):
            return True
        time.sleep(0.3)
    return False


def _quiet() -> bool:
    now = clock.now()
    due = Message.objects.filter(sending__in=["held", "queued"], send_at__lt=now)
    late = WorkItem.objects.filter(state=WorkItem.State.OFFERED, expires_at__lt=now)
    closed = WorkItem.objects.filter(contact__state="closed")
    return not (
        RawMail.objects.filter(state=RawMail.State.RECEIVED).exists()
        or due.exists()
        or late.exists()
        or closed.exists()
    )


def compare(lines: Iterable[dict[str, Any]], first: int) -> Findings:
    """What the customers' side knows against exchanges, journal and invariants. Contacts numbered above `first` arrived
    during the drill."""
    known = list(lines)
    # Colleagues go on working: everything is asked of one picture.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        found = audit.compare(known)
        _api([line for line in known if line["kind"] == "api"], found)
        _chats_begun_once([line for line in known if line["kind"] == "one_of"], found)
        _mails_kept(found)
        _journal(first, found)
        _invariants(found)
    return found


def _api(brought: list[dict[str, Any]], found: Findings) -> None:
    kept: dict[str, list[int]] = {}
    ids = [line["external_id"] for line in brought]
    for external_id, pk in Contact.objects.filter(external_id__in=ids).values_list("external_id", "pk"):
        kept.setdefault(external_id, []).append(pk)
    for line in brought:
        there = kept.get(line["external_id"], [])
        if not there:
            found.lost.append(f"api {line['external_id']}")
        elif len(there) > 1:
            found.doubled.append(f"api {line['external_id']} x{len(there)}")
        elif there != [line["id"]]:
            found.wrong.append(f"api {line['external_id']}: answered {line['id']}, is {there[0]}")


def _chats_begun_once(begun: list[dict[str, Any]], found: Findings) -> None:
    found.doubled += [f"chat begun {len(line['public_ids'])} times" for line in begun if len(line["public_ids"]) > 1]


def _mails_kept(found: Findings) -> None:
    """A mail that ended with the administrator because the centre failed was not handled as it should."""
    for pk in RawMail.objects.filter(fate="trouble").values_list("pk", flat=True):
        found.wrong.append(f"mail {pk} was given up by the centre")


def _journal(first: int, found: Findings) -> None:
    """Each contact arrived once and closed at most once in the journal, and none is there that does not exist."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, subject_id FROM journal_entry WHERE subject_type = 'contact' AND subject_id > %s "
            "AND kind IN ('contact.arrived', 'contact.closed')",
            [first],
        )
        told = Counter(cursor.fetchall())
    states = dict(Contact.objects.filter(pk__gt=first).values_list("pk", "state"))
    for pk, state in states.items():
        if told["contact.arrived", pk] != 1:
            found.wrong.append(f"contact {pk} arrived {told['contact.arrived', pk]} times in the journal")
        if told["contact.closed", pk] != int(state == "closed"):
            found.wrong.append(f"contact {pk} is {state}, closed {told['contact.closed', pk]} times in the journal")
    for _kind, pk in told:
        if pk not in states:
            found.wrong.append(f"the journal tells of contact {pk}, which does not exist")


def _invariants(found: Findings) -> None:
    for one in invariants:
        if one.name in NOT_ASKED:
            continue
        for offender in one.find(clock.now()):
            found.wrong.append(f"{one.name}: {offender.type} {offender.id}")
