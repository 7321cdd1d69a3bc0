"""Advisors as their supervisors see them: together first, one by one in the order of names, never ranked (rule 63)."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from ligne.kit import clock
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer
from ligne.staff import reads as staff
from ligne.staff import words
from ligne.staff.reads import PresenceRow
from ligne.supervision.reads.contacts import ContactRow, row_of, visible
from ligne.supervision.reads.counts import lead

BUSY = "busy"
ORDER = (
    words.AVAILABLE,
    BUSY,
    words.AFTER_CALL,
    words.WRITING,
    words.NOT_ANSWERING,
    words.BREAK,
    words.MEETING,
    words.TRAINING,
)
LABELS = {**words.STATE_LABELS, BUSY: N_("In an exchange")}
TONES = {**words.STATE_TONES, BUSY: "info", words.WRITING: "mute"}


@dataclass(frozen=True, slots=True)
class AdvisorRow:
    """One advisor: their presence, and the exchanges in their hands."""

    presence: PresenceRow
    exchanges: list[ContactRow]

    @property
    def kind(self) -> str:
        """The state as the floor counts it: "busy" when somebody who takes work holds an exchange."""
        if self.presence.state in words.TAKES_DEFERRED and self.exchanges:
            return BUSY
        return self.presence.state

    @property
    def label(self) -> str:
        """The English words of `kind`, to translate."""
        return LABELS[self.kind]

    @property
    def tone(self) -> str:
        """The tone of `kind`."""
        return TONES[self.kind]


@dataclass(frozen=True, slots=True)
class Share:
    """How many advisors are in one state, and where its part of the bar begins and how long it is (0 to 100)."""

    kind: str
    label: str
    tone: str
    count: int
    start: float
    width: float


def advisors(viewer: Viewer) -> list[AdvisorRow]:
    """Advisors of the viewer's principals who are signed in, by name, with what they hold."""
    lead(viewer)
    present = [row for row in staff.presences(viewer) if row.state != words.OFFLINE]
    now = clock.now()
    held: dict[int, list[ContactRow]] = defaultdict(list)
    facts = visible(viewer, now).filter(
        closed_at__isnull=True, state__in=["active", "wrap_up"], advisor_id__in=[row.user_id for row in present]
    )
    for fact in facts.order_by("accepted_at", "contact_id"):
        if fact.advisor_id is not None:
            held[fact.advisor_id].append(row_of(fact, now))
    return [AdvisorRow(row, held.get(row.user_id, [])) for row in present]


def shares(rows: list[AdvisorRow]) -> list[Share]:
    """The bar of states: one part for each that somebody is in."""
    counts = Counter(row.kind for row in rows)
    total, start, found = len(rows), 0.0, []
    for kind in ORDER:
        if not counts[kind]:
            continue
        width = round(100 * counts[kind] / total, 2)
        found.append(Share(kind, LABELS[kind], TONES[kind], counts[kind], round(start, 2), width))
        start += width
    return found
