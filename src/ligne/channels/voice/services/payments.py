"""Payment by keypad: asked at the desk, keyed in by the customer, handed once to the provider, never claimed unseen.

A payment goes keying → asking → accepted, declined or unknown; keying → failed when it stops before. What is unknown is
asked of the provider again until it is known.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog
from django.conf import settings
from django.db import transaction

from ligne.channels.voice import reads
from ligne.channels.voice.events import PaymentAsked, PaymentSettled
from ligne.channels.voice.models import Payment, VoiceCall
from ligne.channels.voice.ports import ACCEPTED, Answer, Card, Charge, PaymentProvider, Unreachable, providers
from ligne.channels.voice.rules import keying, saying
from ligne.channels.voice.services.calling import NOT_YOURS
from ligne.channels.voice.services.desk import tell_exchange
from ligne.contacts import reads as contact_reads
from ligne.contacts import services as contacts
from ligne.kit import bus, clock, live, money
from ligne.kit.errors import Conflict, Forbidden, Invalid, NotFound
from ligne.kit.money import Money
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer

log = structlog.get_logger(__name__)
State = Payment.State
OPEN = (State.KEYING, State.ASKING)
# A payment that nobody leads any more is settled by the worker after so long, longer than a provider may take.
FORGOTTEN = timedelta(minutes=3)
# For how long the provider is asked again what became of a payment.
ASKED_AGAIN_FOR = timedelta(days=13)
LONGEST_REFERENCE = 60

NO_CALL = N_("There is no conversation under way. Nothing was asked of the customer.")
BUSY = N_("The customer is on hold or with somebody else, or pays already. Come back to them first; nothing was asked.")
UNSETTLED = N_(
    "Nobody knows yet whether the payment for “%(reference)s” was taken. Ask the bank again first: nothing was asked."
)


def provider() -> PaymentProvider | None:
    """Who takes payments here; None: nobody, and nothing of it is shown."""
    return providers.get(settings.PAYMENT) if reads.takes_payments() else None


@transaction.atomic
def ask_payment(viewer: Viewer, *, contact_id: int, amount: str, reference: str) -> Payment:
    """Ask the customer on the line to key in a card for `amount` (as people write it) and `reference`.

    Raises `Invalid` naming the field, `Conflict` when the call is not such that they can, `Forbidden`.
    """
    contact = contacts.lock_contact(contact_reads.get(viewer, contact_id).pk)
    if contact.advisor_id != viewer.user_id:
        raise Forbidden(NOT_YOURS)
    who = provider()
    if who is None:
        raise Conflict(N_("The centre takes no payment by keypad. Nothing was asked."))
    price, what = money.parse(amount, field="amount"), _reference(reference)
    call = VoiceCall.objects.filter(contact=contact, ended_at__isnull=True, phase="talking").last()
    if call is None:
        raise Conflict(NO_CALL)
    facts = call.facts
    third = any(leg["role"] == "third" for leg in facts["legs"])
    if facts["held"] or facts["paying"] or third or call.payments.filter(state__in=OPEN).exists():
        raise Conflict(BUSY)
    unsettled = Payment.objects.filter(principal_id=contact.principal_id, reference=what, state=State.UNKNOWN)
    if unsettled.exists():
        raise Conflict(UNSETTLED, reference=what)
    payment = Payment.objects.create(
        id=uuid4().hex,
        principal_id=contact.principal_id,
        contact=contact,
        call=call,
        provider=settings.PAYMENT,
        amount_cents=price.cents,
        currency=price.currency,
        reference=what,
        asked_by_id=viewer.user_id,
        asked_at=clock.now(),
    )
    bus.announce(PaymentAsked(actor_id=viewer.user_id, **_about(payment)))
    tell_exchange(contact.pk, act="pay", number=payment.pk, user_id=viewer.user_id or 0)
    return payment


def _reference(text: str) -> str:
    what = " ".join(text.replace("\x00", "").split())
    if not what:
        raise Invalid(N_("Say what is paid: an invoice's or an order's number. Nothing was asked."), field="reference")
    if keying.holds_card_number(what):
        raise Invalid(
            N_("This looks like a card's number, which is written nowhere. Nothing was kept."), field="reference"
        )
    if len(what) > LONGEST_REFERENCE:
        raise Invalid(N_("This reference is too long: 60 characters at most. Nothing was asked."), field="reference")
    return what


@transaction.atomic
def stop_payment(viewer: Viewer, *, contact_id: int) -> None:
    """The advisor stops a payment that is being keyed in; the exchange does it, unless the bank was asked already."""
    contact = contact_reads.get(viewer, contact_id)
    if contact.advisor_id != viewer.user_id:
        raise Forbidden(NOT_YOURS)
    open_now = Payment.objects.filter(contact=contact, state=State.KEYING).select_related("call").last()
    if open_now and (open_now.call.facts.get("paying") or {}).get("payment") != open_now.pk:
        _settle(open_now.pk, State.FAILED, "advisor")  # no controller has heard of it
    tell_exchange(contact_id, act="stop_paying", user_id=viewer.user_id or 0)


# -- for the controller ------------------------------------------------------------------------------------------------


def charge(payment_id: str, card: Card) -> str:
    """Hand the card to the provider, once; returns the state that follows. The card is kept nowhere."""
    mine = Payment.objects.filter(pk=payment_id, state=State.KEYING)
    if not mine.update(state=State.ASKING, last_four=card.number[-4:]):
        log.warning("voice.payment_not_ours", payment=payment_id)
        return State.UNKNOWN
    payment = Payment.objects.get(pk=payment_id)
    try:
        answer: Answer | None = _provider_of(payment).charge(_charge_of(payment), card)
    except Unreachable:
        answer = None
    except Exception as error:  # its words might quote the card
        log.error("voice.provider_failed", payment=payment_id, error=type(error).__name__)
        answer = None
    return _settle(payment_id, *_as_state(answer))


def end_payment(payment_id: str, why: str) -> None:
    """It ended without an answer: before the provider had it, nothing is charged; after, the provider is asked."""
    state = Payment.objects.filter(pk=payment_id).values_list("state", flat=True).first()
    if state == State.KEYING:
        _settle(payment_id, State.FAILED, why)
    elif state == State.ASKING:
        _settle(payment_id, State.UNKNOWN, "")
        _look_up(payment_id)


# -- what nobody knows -------------------------------------------------------------------------------------------------


def ask_bank(viewer: Viewer, *, payment_id: str) -> str:
    """Ask the provider again what became of a payment; returns its state. Raises `NotFound`."""
    payment = Payment.objects.filter(pk=payment_id, principal_id__in=viewer.principals).first()
    if payment is None:
        raise NotFound
    contact_reads.get(viewer, payment.contact_id)
    return _look_up(payment_id) if payment.state == State.UNKNOWN else payment.state


def settle_forgotten(now: datetime) -> int:
    """Settle what no call leads any more, and ask about what is unknown; returns how many are settled now."""
    forgotten = Payment.objects.filter(state__in=OPEN, asked_at__lt=now - FORGOTTEN)
    for payment in forgotten.select_related("call"):
        paying = payment.call.facts.get("paying") or {}
        led = payment.call.ended_at is None and paying.get("payment") == payment.pk
        if not led:
            end_payment(payment.pk, "interrupted")
    unknown = Payment.objects.filter(state=State.UNKNOWN, asked_at__gte=now - ASKED_AGAIN_FOR)
    return sum(_look_up(pk) != State.UNKNOWN for pk in unknown.values_list("pk", flat=True))


def _look_up(payment_id: str) -> str:
    payment = Payment.objects.get(pk=payment_id)
    try:
        answer = _provider_of(payment).look_up(payment_id)
    except (Unreachable, KeyError):
        return State.UNKNOWN
    state, why, receipt = _as_state(answer) if answer else (State.FAILED, "not_charged", "")
    return _settle(payment_id, state, why, receipt)


# -- writing -----------------------------------------------------------------------------------------------------------


def _as_state(answer: Answer | None) -> tuple[str, str, str]:
    if answer is None:
        return State.UNKNOWN, "", ""
    if answer.state == ACCEPTED:
        return State.ACCEPTED, "", answer.receipt[:60]
    return State.DECLINED, answer.reason[:20], ""


@transaction.atomic
def _settle(payment_id: str, state: str, why: str = "", receipt: str = "") -> str:
    """Write what became of it, once; journal and thread say it. What the bank answered is never changed."""
    payment = Payment.objects.select_for_update(of=("self",)).select_related("contact").get(pk=payment_id)
    if payment.state in {State.ACCEPTED, State.DECLINED, State.FAILED, state}:
        return payment.state
    payment.state, payment.why, payment.receipt, payment.settled_at = state, why, receipt, clock.now()
    payment.save(update_fields=["state", "why", "receipt", "settled_at"])
    facts: dict[str, Any] = {"state": state, "why": why, "receipt": receipt, "last_four": payment.last_four}
    bus.announce(PaymentSettled(**_about(payment), **facts))
    contacts.tell(
        Viewer.system(payment.principal_id),
        contact_id=payment.contact_id,
        text=saying.payment(state, why)[1],
        detail=_detail(payment),
    )
    people = {payment.asked_by_id, payment.contact.advisor_id} - {None}
    live.push_many((f"user:{user_id}", "call", {"contact_id": payment.contact_id}) for user_id in people)
    return state


def _about(payment: Payment) -> dict[str, Any]:
    return {
        "subject_id": payment.contact_id,
        "principal_id": payment.principal_id,
        "customer_id": payment.contact.customer_id,
        "call": payment.call_id,
        "payment": payment.pk,
        "amount_cents": payment.amount_cents,
        "currency": payment.currency,
        "reference": payment.reference,
    }


def _detail(payment: Payment) -> str:
    """What the thread says beside the sentence, the same in every language but the amount's writing."""
    french = settings.LANGUAGE_CODE.startswith("fr")
    amount = money.written(payment.amount_cents, payment.currency, french=french)
    card = f"•••• {payment.last_four}" if payment.last_four else ""
    return " · ".join(part for part in (amount, payment.reference, card, payment.receipt) if part)


def _charge_of(payment: Payment) -> Charge:
    return Charge(payment.pk, Money(payment.amount_cents, payment.currency), payment.reference)


def _provider_of(payment: Payment) -> PaymentProvider:
    return providers.get(payment.provider)
