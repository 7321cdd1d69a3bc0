"""The one gate out: nothing reaches a customer without passing the law here.

The facts are gathered, the pure regulation judges them, a refusal is journalled and raised with every failing rule.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from ligne import regulation
from ligne.contacts.events import SendingRefused
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
    verdict = regulation.check(facts, at)
    if verdict.verdict != "block":
        return
    blocking = [f for f in verdict.rules if f.verdict == "block"]
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
