"""Questions about the telephone."""

from __future__ import annotations

import wave
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from ligne.channels.voice.models import Line, Payment, Recording, Softphone, VoiceCall
from ligne.channels.voice.ports import providers
from ligne.channels.voice.rules import plans, saying, stereo, waveform
from ligne.channels.voice.rules.flow import Call
from ligne.channels.voice.rules.flow.call import from_json
from ligne.contacts import reads as contact_reads
from ligne.kit import files, sealed
from ligne.kit.errors import NotFound
from ligne.kit.viewer import Viewer
from ligne.routing import reads as routing
from ligne.routing.reads import Colleague

PURPOSE, RECORDINGS = "voice.softphone", "voice.recording"


def softphone_name(user_id: int) -> str:
    """By which a person's softphone is known at the exchanges."""
    return f"a{user_id}"


def softphones() -> list[tuple[str, str]]:
    """Name and secret of each softphone of somebody who works here; for exchanges."""
    rows = Softphone.objects.filter(user__is_active=True).order_by("pk")
    return [(softphone_name(row.pk), sealed.unseal(PURPOSE, row.sealed)) for row in rows]


def facts_of(line: Line) -> plans.LineFacts:
    """A line as its plans are made from it."""
    names = plans.LineFacts.__dataclass_fields__  # the same names on purpose
    return plans.LineFacts(**{name: getattr(line, name) for name in names})


def call_of(viewer: Viewer, contact_id: int) -> tuple[VoiceCall, Call | None] | None:
    """The latest call of a contact that the viewer may see, and its facts; None when an erasure took them."""
    row = (
        VoiceCall.objects.filter(contact_id=contact_id, principal_id__in=viewer.principals)
        .select_related("line")
        .order_by("-started_at")
        .first()
    )
    return (row, from_json(row.facts) if row.facts else None) if row else None


def exchange_of(call_id: str) -> str:
    """The exchange that a call is at, or was; "" when no such call is known."""
    return VoiceCall.objects.filter(pk=call_id).values_list("exchange", flat=True).first() or ""


def on_the_line(contact_ids: list[int]) -> list[int]:
    """Those of these contacts that have a call under way."""
    under_way = VoiceCall.objects.filter(contact_id__in=contact_ids, ended_at__isnull=True)
    return list(under_way.order_by("contact_id").values_list("contact_id", flat=True).distinct())


def talked_s(call: VoiceCall) -> int | None:
    """How long people talked, seconds, once it is over; None when they did not."""
    return int((call.ended_at - call.talked_at).total_seconds()) if call.ended_at and call.talked_at else None


def colleagues(viewer: Viewer, contact_id: int) -> list[Colleague]:
    """Those at work whom an advisor may consult about this contact."""
    _, people = routing.transfer_targets(viewer, contact_id)
    return [one for one in people if one.state != "offline" and one.user_id != viewer.user_id]


def outlived(since: datetime) -> list[tuple[int, int]]:
    """(contact, principal) of exchanges that wait or are in hand although their call was over at `since`."""
    calls = VoiceCall.objects.filter(contact_id=OuterRef("pk"))
    over = calls.filter(ended_at__lt=since, ended_at__gt=OuterRef("begun"))
    found = contact_reads.live_on("voice").annotate(begun=Coalesce(F("accepted_at"), F("arrived_at")))
    found = found.filter(Exists(over)).exclude(Exists(calls.filter(ended_at__isnull=True)))
    return list(found.values_list("pk", "principal_id"))


def recordings(viewer: Viewer, contact_id: int) -> list[Recording]:
    """The recordings of a contact that the viewer may see, oldest first; those that were heard with their waveform
    (`points` wide, `above` the customer's and `below` the advisor's area) and shares in
    `percent`."""
    found = Recording.objects.filter(contact_id=contact_id, principal_id__in=viewer.principals)
    rows = list(found.order_by("kept_at", "pk"))
    for row in rows:
        if row.measured:
            figures = row.measured["figures"]
            names = ("customer", "advisor", "overlap", "silence")
            row.percent = {name: round(100 * figures[f"{name}_share"]) for name in names}  # type: ignore[attr-defined]
            row.points = len(row.measured["customer"])  # type: ignore[attr-defined]
            row.above = waveform.path(row.measured["customer"], up=True, height=20)  # type: ignore[attr-defined]
            row.below = waveform.path(row.measured["advisor"], up=False, height=20)  # type: ignore[attr-defined]
    return rows


@dataclass(frozen=True, slots=True)
class LeftMessage:
    """What somebody said on the line: its file, and its picture (`points` wide, `above` and `below` the middle)."""

    attachment_id: int
    sha256: str
    seconds: float
    points: int
    above: str
    below: str


def message_of(viewer: Viewer, contact_id: int) -> LeftMessage | None:
    """The message left on the line that began this contact; None when it has none, or its sound is gone."""
    said = (file for message in contact_reads.thread(viewer, contact_id) for file in message.attachments.all())
    kept = next((file for file in said if file.content_type == "audio/wav"), None)
    return _pictured(kept.pk, kept.sha256) if kept else None


@lru_cache(maxsize=200)  # a sound never changes; seeing it again costs nothing
def _pictured(attachment_id: int, sha256: str) -> LeftMessage | None:
    try:
        with files.open_stored(sha256) as stored:
            sound = stored.read()
        heights, seconds = waveform.outline(sound), stereo.seconds(sound)
    except (FileNotFoundError, wave.Error, EOFError):
        return None
    above, below = (waveform.path(heights, up=up, height=20) for up in (True, False))
    return LeftMessage(attachment_id, sha256, seconds, len(heights), above, below)


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment by keypad as people see it: the `tone` and `label` of its state, and a sentence."""

    payment: Payment
    tone: str
    label: str
    words: str

    @property
    def why(self) -> bool:
        """Whether the sentence says more than the label."""
        return self.payment.state in {Payment.State.DECLINED, Payment.State.FAILED, Payment.State.UNKNOWN}


def takes_payments() -> bool:
    """Whether somebody takes payments by keypad here."""
    return settings.PAYMENT in providers


def payments(viewer: Viewer, contact_id: int) -> list[PaymentRow]:
    """The payments keyed in during a contact's calls, oldest first."""
    rows = Payment.objects.filter(contact_id=contact_id, principal_id__in=viewer.principals)
    found = []
    for row in rows:
        tone, words = saying.payment(row.state, row.why)
        found.append(PaymentRow(row, tone, gettext(saying.STATES[row.state]), gettext(words)))
    return found


def held(digests: Collection[str]) -> set[str]:
    """Those of these files that hold a recording (`kit.files.holders`)."""
    return set(Recording.objects.filter(sha256__in=list(digests)).values_list("sha256", flat=True))


def lines(viewer: Viewer, principal_id: int) -> list[Line]:
    """A company's lines, for the office."""
    return list(Line.objects.filter(principal_id=principal_id, principal_id__in=viewer.principals))


def line(viewer: Viewer, line_id: int) -> Line:
    """One line. Raises `NotFound`."""
    found = Line.objects.filter(pk=line_id, principal_id__in=viewer.principals).select_related("principal").first()
    if found is None:
        raise NotFound
    return found
