"""The exchanges behind a figure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import DateTimeField, F, Q, QuerySet, Value
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from ligne.contacts import words
from ligne.contacts.ports import channels
from ligne.kit import clock
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer
from ligne.routing.reads import icon_of
from ligne.staff import reads as staff
from ligne.supervision.models import ContactFact
from ligne.supervision.reads.counts import follow
from ligne.supervision.rules.counting import ABANDONED, NOT_COUNTED

SIZE = 50
OPEN = Q(closed_at__isnull=True)
IN = Q(direction="in") & ~Q(outcome__in=NOT_COUNTED)
WAITING = OPEN & Q(state="waiting")

# figure -> (its words, which exchanges, the instant by which a day holds them; "" for what is so right now)
FIGURES: dict[str, tuple[str, Q, str]] = {
    "waiting": (N_("Waiting"), WAITING, ""),
    "live": (N_("Waiting live"), WAITING & Q(live=True), ""),
    "in_hand": (N_("With an advisor"), OPEN & Q(state__in=["active", "wrap_up"]), ""),
    "late": (N_("Late"), OPEN & Q(answered_at__isnull=True, due_at__lt=F("now")), ""),
    "offered": (N_("Received"), IN, "arrived_at"),
    "answered": (N_("Answered"), IN & Q(answered_at__isnull=False), "arrived_at"),
    "in_target": (N_("Answered in time"), IN & Q(in_target=True), "arrived_at"),
    "missed": (N_("Answered late or given up"), IN & Q(in_target=False), "arrived_at"),
    "abandoned": (N_("Given up"), IN & Q(outcome="abandoned"), "arrived_at"),
    "handled": (
        N_("Handled"),
        Q(accepted_at__isnull=False) & ~Q(outcome__in=[ABANDONED, *NOT_COUNTED]),
        "closed_at",
    ),
}


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One exchange in a list."""

    contact_id: int
    who: str
    subject: str
    channel: str
    icon: str
    queue: str
    queue_slug: str
    principal_id: int
    state: str
    outcome: str
    advisor: str
    advisor_id: int | None
    arrived_at: datetime
    due_at: datetime
    answered_at: datetime | None
    in_target: bool | None
    late_s: int | None

    @property
    def in_hand(self) -> bool:
        """Whether an advisor works on it, so that it can be handed on."""
        return self.state in ("active", "wrap_up")

    @property
    def url(self) -> str:
        """Its page; empty when no app serves it."""
        try:
            return reverse("contacts:exchange", args=[self.contact_id])
        except NoReverseMatch:
            return ""

    @property
    def state_label(self) -> str:
        """What became of it, or where it stands: English words to translate."""
        if self.outcome:
            return words.OUTCOME_LABELS.get(self.outcome, self.outcome)
        return words.STATE_LABELS.get(self.state, self.state)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of exchanges, newest first; `after` is what to ask for the next one, "" at the end."""

    rows: list[ContactRow]
    after: str


def page(
    viewer: Viewer,
    figure: str,
    *,
    queue: str = "",
    advisor_id: int | None = None,
    channel: str = "",
    day: date | None = None,
    slot: int | None = None,
    after: str = "",
    size: int = SIZE,
) -> Page:
    """Exchanges behind `figure` (a key of `FIGURES`; another shows what was received), within the viewer's principals.

    `day` (today) and `slot` (a half-hour, 0 to 47) apply to figures of a period. `after` comes from the page before.
    """
    follow(viewer)
    now = clock.now()
    _words, condition, instant = FIGURES.get(figure, FIGURES["offered"])
    found = visible(viewer, now).filter(condition)
    if instant:
        start, end = staff.day_bounds(day or timezone.localtime(now).date())
        if slot is not None and 0 <= slot < 48:
            local = timezone.localtime(start).replace(hour=slot // 2, minute=slot % 2 * 30)
            start, end = local, min(end, local + timedelta(minutes=30))
        found = found.filter(**{f"{instant}__gte": start, f"{instant}__lt": end})
    if queue:
        found = found.filter(queue__slug=queue)
    if advisor_id is not None:
        found = found.filter(advisor_id=advisor_id)
    if channel:
        found = found.filter(channel=channel)
    if (cursor := _read_cursor(after)) is not None:
        at, pk = cursor
        found = found.filter(Q(arrived_at__lt=at) | Q(arrived_at=at, contact_id__lt=pk))
    rows = [row_of(fact, now) for fact in found.order_by("-arrived_at", "-contact_id")[: size + 1]]
    shown = rows[:size]
    more = len(rows) > size
    return Page(shown, f"{shown[-1].arrived_at.timestamp():.6f}-{shown[-1].contact_id}" if more else "")


def late_work(viewer: Viewer, limit: int = 8) -> list[ContactRow]:
    """What is past its deadline and nobody answered, the latest first."""
    follow(viewer)
    now = clock.now()
    found = visible(viewer, now).filter(FIGURES["late"][1]).order_by("due_at", "contact_id")
    return [row_of(fact, now) for fact in found[:limit]]


def visible(viewer: Viewer, now: datetime) -> QuerySet[ContactFact]:
    return (
        ContactFact.objects.filter(principal_id__in=viewer.principals)
        .annotate(now=Value(now, output_field=DateTimeField()))
        .select_related("queue", "contact__advisor", "contact__customer")
    )


def row_of(fact: ContactFact, now: datetime) -> ContactRow:
    contact = fact.contact
    customer = contact.customer
    who = customer.display_name if customer else contact.from_name or contact.from_email or contact.from_phone
    waiting = fact.answered_at is None and fact.closed_at is None
    return ContactRow(
        contact_id=fact.contact_id,
        who=who or f"n° {fact.contact_id}",
        subject=contact.subject,
        channel=channels.get(fact.channel).traits.label if fact.channel in channels else fact.channel,
        icon=icon_of(fact.channel),
        queue=fact.queue.name,
        queue_slug=fact.queue.slug,
        principal_id=fact.principal_id,
        state=contact.state,
        outcome=fact.outcome,
        advisor=contact.advisor.name if contact.advisor else "",
        advisor_id=contact.advisor_id,
        arrived_at=fact.arrived_at,
        due_at=fact.due_at,
        answered_at=fact.answered_at,
        in_target=fact.in_target,
        late_s=int((now - fact.due_at).total_seconds()) if waiting and fact.due_at < now else None,
    )


def _read_cursor(text: str) -> tuple[datetime, int] | None:
    """The cursor of `Page.after`; None for anything else."""
    at, _, pk = text.partition("-")
    try:
        return datetime.fromtimestamp(float(at), tz=timezone.get_default_timezone()), int(pk)
    except (ValueError, OverflowError, OSError):
        return None
