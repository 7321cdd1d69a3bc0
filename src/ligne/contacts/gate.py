"""The one gate out: nothing reaches a customer without passing the law here.

The facts are gathered, the pure regulation judges them, a refusal is journalled and raised with every failing rule.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from ligne import regulation
from ligne.contacts import reads
from ligne.contacts.events import CallRefused, SendingRefused
from ligne.contacts.models import Contact
from ligne.contacts.ports import channels
from ligne.customers import reads as customers
from ligne.kit import bus
from ligne.kit.errors import Refused
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer


class AgainstTheRules(Refused):
    """The law or the house forbids it; `findings` holds every rule that does, each with its source."""

    sentence = N_("Not sent: %(reasons)s Your text is kept as a draft.")

    def __init__(self, findings: list[regulation.Finding]) -> None:
        super().__init__(reasons=" ".join(f"{f.reason} ({f.source})" for f in findings))
        self.findings = findings


class CallAgainstTheRules(AgainstTheRules):
    """The law or the house forbids the call."""

    sentence = N_("Not called: %(reasons)s")


def situation(
    viewer: Viewer, contact: Contact, *, channel: str, purpose: str, at: datetime, text: str = ""
) -> dict[str, Any]:
    """The facts that the rules look at, in the shape of `ligne rules check` (7-interfaces)."""
    facts: dict[str, Any] = {
        "act": "contact",
        "at": at.isoformat(),
        "channel": channels.get(channel).traits.law,
        "purpose": purpose,
        "mode": "manual",
        "attempts": [],
        "message": {"promotional": False, "text": text},
    }
    if contact.customer_id:
        facts |= customers.law_facts(viewer, contact.customer_id)
    return facts


def pass_or_refuse(
    viewer: Viewer,
    contact: Contact,
    *,
    at: datetime,
    channel: str = "",
    purpose: str = "service",
    text: str = "",
    refusal: type[AgainstTheRules] = AgainstTheRules,
) -> None:
    """Return when the message may leave at `at`; else journal the refusal and raise `refusal`.

    The journal entry is written in a transaction of its own, so that the refusal stays when the verb is rolled back.
    """
    channel = channel or contact.channel
    facts = situation(viewer, contact, channel=channel, purpose=purpose, at=at, text=text)
    blocking = _blocking(facts, at)
    if not blocking:
        return
    with transaction.atomic():
        bus.announce(
            SendingRefused(
                subject_id=contact.pk,
                principal_id=contact.principal_id,
                customer_id=contact.customer_id,
                actor_id=viewer.user_id,
                channel=channel,
                rules=[f.id for f in blocking],
            )
        )
    raise refusal(blocking)


def pass_or_refuse_call(
    viewer: Viewer, *, principal_id: int, customer_id: int | None, purpose: str, caller_id: str, at: datetime
) -> None:
    """`pass_or_refuse` for a call that no contact exists for yet: nothing is made for one that is refused.

    `caller_id` is the number of ours that the person would see (E.164), "" when there is none.
    """
    facts: dict[str, Any] = {
        "act": "contact",
        "at": at.isoformat(),
        "channel": channels.get("voice").traits.law,
        "purpose": purpose,
        "mode": "manual",
        "caller_id": caller_id or None,
        "caller_id_authorised": True if caller_id else None,
        "attempts": [moment.isoformat() for moment in reads.calls_out(customer_id, at)] if customer_id else [],
    }
    if customer_id is not None:
        facts |= customers.law_facts(viewer, customer_id)
    blocking = _blocking(facts, at)
    if not blocking:
        return
    with transaction.atomic():
        bus.announce(
            CallRefused(
                subject_id=viewer.user_id or 0,
                principal_id=principal_id,
                customer_id=customer_id,
                actor_id=viewer.user_id,
                purpose=purpose,
                rules=[f.id for f in blocking],
            )
        )
    raise CallAgainstTheRules(blocking)


def _blocking(facts: dict[str, Any], at: datetime) -> list[regulation.Finding]:
    verdict = regulation.check(facts, at)
    return [f for f in verdict.rules if f.verdict == "block"] if verdict.verdict == "block" else []
