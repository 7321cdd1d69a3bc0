"""The end of a contact: wrapped up with its qualification, or abandoned by the customer."""

from __future__ import annotations

from django.db import transaction

from ligne.contacts import words
from ligne.contacts.events import ContactClosed
from ligne.contacts.models import CallBack, Contact, Reason
from ligne.contacts.ports import channels
from ligne.contacts.rules import states, wrapup
from ligne.contacts.services.call_backs import call_back_attempted
from ligne.contacts.services.passages import apply, locked_for, tell_screens
from ligne.kit import bus, clock, sql
from ligne.kit.errors import Forbidden, Invalid
from ligne.kit.prepared import Prepared
from ligne.kit.text import N_
from ligne.kit.viewer import SUPERVISOR, Viewer

_CLOSING = ("state", "reason_id", "outcome", "next_step", "summary", "wrapped_up_at", "ended_at")
_UNDER_WAY = Prepared(lambda contact: CallBack.objects.filter(contact_id=contact, state=CallBack.State.IN_PROGRESS)[:1])
_IN_SERVICE = Prepared(
    lambda reason, house: Reason.objects.filter(pk=reason, principal_id=house, active=True).exclude(
        parent__active=False
    )
)


@transaction.atomic
def wrap_up(
    viewer: Viewer, *, contact_id: int, reason_id: int | None, outcome: str, next_step: str, summary: str = ""
) -> Contact:
    """Close a contact with its qualification. Refused, with nothing changed, until all three are said.

    A supervisor may close a contact of somebody else. Closing it twice with the same words changes nothing.
    """
    contact = locked_for(viewer, contact_id)
    if viewer.user_id is not None and contact.advisor_id != viewer.user_id and not viewer.has_role(SUPERVISOR):
        raise Forbidden(N_("This contact is not with you any more. Nothing was changed; your text is kept as a draft."))
    if contact.state == words.CLOSED and contact.outcome == outcome and contact.reason_id == reason_id:
        return contact
    wrapup.check(reason_given=reason_id is not None, outcome=outcome, next_step=next_step)
    reason = _reason(contact, reason_id)
    _settle_the_promise(viewer, contact, outcome)
    return close(contact, viewer=viewer, reason=reason, outcome=outcome, next_step=next_step, summary=summary)


def _settle_the_promise(viewer: Viewer, contact: Contact, outcome: str) -> None:
    """A promised call whose attempt nobody noted is settled by how its contact ended: no promise stays in the air."""
    promise = _UNDER_WAY.one(contact=contact.pk)
    if promise is not None:
        call_back_attempted(viewer, call_back_id=promise.pk, reached=outcome != "no_answer")


def _reason(contact: Contact, reason_id: int | None) -> Reason | None:
    if reason_id is None:
        return None
    reason = _IN_SERVICE.one(reason=reason_id, house=contact.principal_id)
    if reason is None:
        raise Invalid(N_("This reason does not exist any more: choose another one. Nothing was lost."), field="reason")
    return reason


def close(
    contact: Contact,
    *,
    viewer: Viewer,
    reason: Reason | None,
    outcome: str,
    next_step: str,
    summary: str = "",
) -> Contact:
    """Close a locked contact and announce it; the passage depends on where it stands."""
    now = clock.now()
    was_live = contact.state == words.ACTIVE
    passage = {"abandoned": "abandon", "merged": "merge"}.get(outcome, "close")
    contact.state = states.after(contact.state, passage)
    contact.reason, contact.outcome, contact.next_step = reason, outcome, next_step
    contact.summary = summary[:20000]
    contact.wrapped_up_at = now
    contact.ended_at = contact.ended_at or now
    sql.update(contact, *_CLOSING)
    accepted = contact.accepted_at
    bus.announce(
        ContactClosed(
            subject_id=contact.pk,
            principal_id=contact.principal_id,
            customer_id=contact.customer_id,
            actor_id=viewer.user_id,
            channel=contact.channel,
            outcome=outcome,
            reason=reason.slug if reason else "",
            next_step=next_step,
            advisor_id=contact.advisor_id,
            waited_s=((accepted or now) - contact.arrived_at).total_seconds(),
            handled_s=(now - accepted).total_seconds() if accepted else None,
        )
    )
    tell_screens(contact)
    if was_live:
        transaction.on_commit(lambda: channels.get(contact.channel).ended(contact.pk), robust=True)
    return contact


@transaction.atomic
def abandon(viewer: Viewer, *, contact_id: int, cause: str = "") -> Contact:
    """The customer left before anybody took the exchange. In hand already: it goes to wrap-up instead."""
    contact = locked_for(viewer, contact_id)
    if contact.state in {words.CLOSED, words.WRAP_UP}:
        return contact
    if contact.state == words.ACTIVE:
        return apply(contact, "end", now=clock.now(), actor=viewer.user_id, cause=cause or "customer left")
    return close(contact, viewer=viewer, reason=None, outcome="abandoned", next_step="none", summary=cause)
