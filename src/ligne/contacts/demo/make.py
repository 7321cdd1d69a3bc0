"""Making the demo's exchanges."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import cycle

from django.utils import timezone

from ligne.contacts import services
from ligne.contacts.demo import words
from ligne.contacts.models import Reason
from ligne.contacts.services import PastExchange, PastMessage
from ligne.customers import reads as customers
from ligne.kit import clock
from ligne.kit.demo import Context
from ligne.kit.viewer import Viewer

WEEKS = 8
# How busy each day of the week is, Monday first; the others are told against an ordinary day.
BUSY = (1.25, 1.1, 1.0, 1.0, 0.95, 0.45, 0.0)
CUSTOMERS_FOR_ONE = 75  # one exchange on an ordinary day for so many customers of the demo
# channel -> (share of the exchanges, seconds waited at most, seconds handled at most)
CHANNELS = {"email": (0.5, 4 * 3600, 900), "chat": (0.3, 90, 600), "voice": (0.2, 120, 480)}
MORNING = 0.58  # of a day's exchanges arrive before the afternoon's
QUEUES = {
    ("bleuet", "email"): "bleuet-courriel",
    ("bleuet", "chat"): "bleuet-chat",
    ("bleuet", "voice"): "bleuet-conseil",
    ("garance", "email"): "garance-courriel",
    ("garance", "chat"): "garance-chat",
    ("garance", "voice"): "garance-sav",
}


def make(context: Context) -> None:
    """Reasons, templates, and the exchanges of the last eight weeks with about a customer in three, up to now."""
    for slug, principal in context.principals.items():
        viewer = Viewer.system(principal.pk)
        reasons = _reasons(viewer, slug, principal.pk)
        for shortcut, title, text, channels in words.TEMPLATES[slug]:
            services.put_template(
                viewer,
                principal_id=principal.pk,
                shortcut=shortcut,
                title=title,
                text=text,
                for_channels=channels,
            )
        services.load_history(
            viewer, principal_id=principal.pk, exchanges=_past(context, viewer, slug, principal.pk, reasons)
        )


def _reasons(viewer: Viewer, slug: str, principal_id: int) -> dict[str, Reason]:
    made = {}
    for rank, (heading, label, children) in enumerate(words.REASONS[slug]):
        services.put_reason(viewer, principal_id=principal_id, slug=heading, label=label, order=rank * 10)
        for place, (child, child_label, _, _) in enumerate(children):
            made[child] = services.put_reason(
                viewer, principal_id=principal_id, slug=child, label=child_label, parent=heading, order=place
            )
    return made


def _past(
    context: Context, viewer: Viewer, slug: str, principal_id: int, reasons: dict[str, Reason]
) -> Iterator[PastExchange]:
    rng = context.rng
    told = {child: (asked, said) for _, _, children in words.REASONS[slug] for child, _, asked, said in children}
    advisors = [p.pk for p in context.people.values() if p.role == "advisor"]
    known = customers.some(viewer, principal_id=principal_id, limit=context.scale // 3)
    now = clock.now()
    customers_in_turn = cycle(known)
    for index, arrived in enumerate(_moments(context)):
        child = rng.choice(list(told))
        channel = rng.choices(list(CHANNELS), [c[0] for c in CHANNELS.values()])[0]
        customer = next(customers_in_turn)
        past = _exchange(context, slug, customer, channel, reasons[child], told[child], arrived, index, advisors)
        if past.closed_at < now:
            yield past


def _moments(context: Context) -> Iterator[datetime]:
    """When exchanges arrived, oldest day first: each weekday has its habit, each day two peaks."""
    rng = context.rng
    today = timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    for back in range(WEEKS * 7, -1, -1):
        day = today - timedelta(days=back)
        wanted = BUSY[day.weekday()] * context.scale / CUSTOMERS_FOR_ONE
        for _ in range(max(0, round(rng.gauss(wanted, wanted / 12)))):
            hour = rng.triangular(8, 13, 10.4) if rng.random() < MORNING else rng.triangular(12.5, 19, 15.2)
            yield day + timedelta(hours=hour)


def _exchange(  # noqa: PLR0917 - one row of plausible facts
    context: Context,
    slug: str,
    customer: customers.Known,
    channel: str,
    reason: Reason,
    said: tuple[str, str],
    arrived: datetime,
    index: int,
    advisors: list[int],
) -> PastExchange:
    rng = context.rng
    _, longest_wait, longest_work = CHANNELS[channel]
    accepted = arrived + timedelta(seconds=min(longest_wait, rng.expovariate(4 / longest_wait)))
    closed = accepted + timedelta(seconds=max(45, min(longest_work, rng.gauss(longest_work / 2, longest_work / 5))))
    given_up = channel != "email" and rng.random() < 0.04
    return PastExchange(
        external_id=f"demo-{slug}-{index}",
        channel=channel,
        queue=QUEUES[slug, channel],
        customer_id=customer.id,
        subject=reason.label,
        arrived_at=arrived,
        accepted_at=None if given_up else accepted,
        closed_at=accepted if given_up else closed,
        outcome="abandoned" if given_up else rng.choices(["resolved", "escalated", "transferred"], [88, 7, 5])[0],
        reason_id=None if given_up else reason.pk,
        advisor_id=None if given_up else rng.choice(advisors),
        from_name=customer.display_name,
        from_email=customer.email,
        from_phone=customer.phone,
        messages=()
        if given_up or channel == "voice"
        else (PastMessage("in", said[0], arrived), PastMessage("out", said[1], closed)),
    )
