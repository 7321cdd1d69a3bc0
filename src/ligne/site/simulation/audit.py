"""Comparing what the customers know they sent with what the centre holds: nothing lost, nothing twice."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection

from ligne.channels.chat.models import ChatSession
from ligne.channels.email import reads as mail
from ligne.contacts.models import Contact, Message


@dataclass
class Findings:
    """Empty lists: the centre kept its word."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not (self.lost or self.doubled or self.wrong)


def wait_for_the_database(patience_s: float = 60) -> None:
    """Return once the database answers on a fresh connection: it may have been restarted meanwhile."""
    deadline = time.monotonic() + patience_s
    while True:
        connection.close()
        try:
            connection.ensure_connection()
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
        else:
            return


def compare(lines: Iterable[dict[str, Any]]) -> Findings:
    """Hold each acknowledged mail and chat message against the exchanges; check that states agree with one another."""
    found = Findings()
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        by_kind.setdefault(line["kind"], []).append(line)
    _mails(by_kind.get("mail", []), found)
    _chats(by_kind.get("said", []), found)
    _answers(found)
    _states(found)
    return found


def _mails(sent: list[dict[str, Any]], found: Findings) -> None:
    kept = Counter(Message.objects.filter(kind="in", contact__channel="email").values_list("external_id", flat=True))
    for line in sent:
        seen = kept[line["message_id"]] or kept[line["message_id"].strip("<>")]
        if seen == 0:
            found.lost.append(f"mail {line['message_id']}")
        elif seen > 1:
            found.doubled.append(f"mail {line['message_id']} x{seen}")


def _chats(said: list[dict[str, Any]], found: Findings) -> None:
    sessions = dict(ChatSession.objects.values_list("public_id", "contact__thread"))
    known = {str(public_id) for public_id in sessions}
    kept = Counter(
        external_id.rsplit(":", 1)[-1]
        for external_id in Message.objects.filter(kind="in", contact__channel="chat").values_list(
            "external_id", flat=True
        )
    )
    for line in said:
        if line["public_id"] not in known:
            found.lost.append(f"chat {line['public_id']}")
        seen = kept[line["client_id"]]
        if seen == 0:
            found.lost.append(f"said {line['client_id']}")
        elif seen > 1:
            found.doubled.append(f"said {line['client_id']} x{seen}")


def _answers(found: Findings) -> None:
    """Each answer that left by e-mail reached its mailbox once."""
    arrived = Counter(mail.delivered_ids())
    left = Message.objects.filter(kind="out", sending="sent", contact__channel="email").exclude(external_id="")
    for external_id in left.values_list("external_id", flat=True):
        if arrived and arrived[external_id] == 0:
            found.lost.append(f"answer {external_id}")
        elif arrived[external_id] > 1:
            found.doubled.append(f"answer {external_id} x{arrived[external_id]}")


def _states(found: Findings) -> None:
    """Open contacts have exactly one work item, in the state that fits; closed ones have none."""
    from ligne.routing.models import WorkItem

    fits = {"waiting": "waiting", "offered": "offered", "active": "taken", "wrap_up": "taken", "snoozed": "waiting"}
    items = dict(WorkItem.objects.exclude(contact=None).values_list("contact_id", "state"))
    for pk, state in Contact.objects.exclude(state="closed").values_list("pk", "state"):
        if items.get(pk) != fits[state]:
            found.wrong.append(f"contact {pk} is {state}, its item is {items.get(pk)}")
    for pk in Contact.objects.filter(state="closed", pk__in=list(items)).values_list("pk", flat=True):
        found.wrong.append(f"contact {pk} is closed and still has an item")


def offers(since: datetime) -> dict[str, Any]:
    """How long the exchanges that arrived since `since` waited for their offer, in seconds, over those offered."""
    arrived = Contact.objects.filter(arrived_at__gte=since, direction="in").values_list("arrived_at", "offered_at")
    waits = sorted((offered - came).total_seconds() for came, offered in arrived if offered)
    if not waits:
        return {"offered": 0}
    return {
        "offered": len(waits),
        "median_s": round(statistics.median(waits), 3),
        "p99_s": round(waits[min(len(waits) - 1, int(len(waits) * 0.99))], 3),
    }
