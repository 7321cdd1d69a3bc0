"""What apps above plug into a customer's file: history, alerts, what a merge moves and an erasure blanks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ligne.kit.registry import Registry
from ligne.kit.viewer import Viewer


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened with a customer, ready to show.

    `at` aware instant; `icon` a Tabler name; `title`, `detail` and `badge` in the language of the person; `tone` one of
    ok, warn, bad, info, mute; `url` where it opens, empty when nowhere.
    """

    at: datetime
    icon: str
    title: str
    detail: str = ""
    badge: str = ""
    tone: str = "mute"
    url: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something to know before speaking to the customer ("late case"): a few words, a tone and an icon."""

    label: str
    tone: str = "warn"
    icon: str = "alert-triangle"


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """What an exchange knows of the person at the other end; `proof` is how the identity check ended ("" not done)."""

    contact_id: int
    principal_id: int
    customer_id: int | None = None
    name: str = ""
    email: str = ""
    phone: str = ""
    proof: str = ""  # "proven", "failed", "not_needed", ""


# (viewer, contact_id) -> its facts; raises NotFound. Prefills a new file and decides what of a file is masked.
ContactSource = Callable[[Viewer, int], ContactFacts]
contact_sources: Registry[ContactSource] = Registry("contact sources")

# (viewer, customer_id, before, limit) -> at most `limit` entries strictly older than `before` (None: from now on back),
# newest first.
TimelineSource = Callable[[Viewer, int, datetime | None, int], list[TimelineEntry]]
timeline_sources: Registry[TimelineSource] = Registry("timeline sources")

# (viewer, customer_id) -> alerts shown with the identity.
AlertSource = Callable[[Viewer, int], list[Alert]]
alert_sources: Registry[AlertSource] = Registry("alert sources")

# (from_id, to_id, undo) -> memory. Merge calls it with undo=None: move what belongs to `from_id` to `to_id` and return
# what was moved as JSON values. Undoing the merge calls it with the customers swapped and that memory: move exactly
# those rows back. Runs inside the merge's transaction, with both customers locked.
Mover = Callable[[int, int, Any], Any]
movers: Registry[Mover] = Registry("movers")

# (customer_id): blank the personal texts kept about this customer, and name what they were kept in as the journal names
# it (("contact", 12), …): what it says of those is forgotten too. Inside the erasure's transaction. Idempotent.
Eraser = Callable[[int], Iterable[tuple[str, int]]]
erasers: Registry[Eraser] = Registry("erasers")

# (customer_ids, since) -> those of them whose data is still needed: they were heard from since the instant, or
# something of theirs is under way.
Keeper = Callable[[Sequence[int], datetime], Iterable[int]]
keepers: Registry[Keeper] = Registry("keepers")

# (viewer, typed, limit) -> [(customer_id, why)]: finds customers by something the app above knows (a contract number).
# `why` is told to the person, in their language ("contract BT-2024-000123").
Finder = Callable[[Viewer, str, int], list[tuple[int, str]]]
finders: Registry[Finder] = Registry("finders")
