"""Making the demo's exchanges."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ligne.contacts import services
from ligne.contacts.demo import words
from ligne.contacts.models import Reason
from ligne.contacts.services import PastExchange, PastMessage
from ligne.customers import reads as customers
from ligne.kit import clock
from ligne.kit.demo import Context
from ligne.kit.viewer import Viewer

DAYS = 60
# channel -> (share of the exchanges, seconds waited at most, seconds handled at most)
CHANNELS = {"email": (0.5, 4 * 3600, 900), "chat": (0.3, 90, 600), "voice": (0.2, 120, 480)}
QUEUES = {
    ("bleuet", "email"): "bleuet-courriel",
    ("bleuet", "chat"): "bleuet-chat",
    ("bleuet", "voice"): "bleuet-conseil",
    ("garance", "email"): "garance-courriel",
    ("garance", "chat"): "garance-chat",
    ("garance", "voice"): "garance-sav",
}


def make(context: Context) -> None:
    """Reasons, templates, and the last sixty days of exchanges for about a customer in three."""
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
    for index, customer in enumerate(known):
        child = rng.choice(list(told))
        channel = rng.choices(list(CHANNELS), [c[0] for c in CHANNELS.values()])[0]
        arrived = _working_moment(context)
        yield _exchange(context, slug, customer, channel, reasons[child], told[child], arrived, index, advisors)


def _working_moment(context: Context) -> datetime:
    rng = context.rng
    day = clock.now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=rng.randint(1, DAYS))
    return day + timedelta(hours=rng.triangular(8, 19, 10.5), seconds=rng.randint(0, 3599))


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
