"""What happens to a customer's file. Each is a journal entry; `personal` fields are removed by an erasure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from ligne.kit.bus import Event, event


@dataclass(frozen=True, kw_only=True)
class CustomerEvent(Event):
    """Something about the customer `subject_id`."""

    subject_type: ClassVar[str] = "customer"


@event
class CustomerCreated(CustomerEvent):
    """A new file. `source` says how it came: "desk", "import", "api", "demo"."""

    kind: ClassVar[str] = "customer.created"
    personal: ClassVar[frozenset[str]] = frozenset({"name"})
    name: str = ""
    source: str = "desk"


@event
class CustomerUpdated(CustomerEvent):
    """Facts changed: `before` and `after` by field; `changed`, the names only, remains after an erasure."""

    kind: ClassVar[str] = "customer.updated"
    personal: ClassVar[frozenset[str]] = frozenset({"before", "after"})
    changed: list[str]
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


@event
class PointAdded(CustomerEvent):
    """A telephone number or e-mail address was added."""

    kind: ClassVar[str] = "customer.point_added"
    personal: ClassVar[frozenset[str]] = frozenset({"value"})
    point_id: int
    point_kind: str
    value: str = ""


@event
class PointChanged(CustomerEvent):
    """A contact point was retired (`change` "retired"), made the main one ("primary") or verified ("verified")."""

    kind: ClassVar[str] = "customer.point_changed"
    personal: ClassVar[frozenset[str]] = frozenset({"value"})
    point_id: int
    point_kind: str
    change: str
    value: str = ""


@event
class AddressAdded(CustomerEvent):
    """A postal address was added."""

    kind: ClassVar[str] = "customer.address_added"
    personal: ClassVar[frozenset[str]] = frozenset({"text"})
    address_id: int
    text: str = ""


@event
class AddressRetired(CustomerEvent):
    """An address is no longer valid."""

    kind: ClassVar[str] = "customer.address_retired"
    personal: ClassVar[frozenset[str]] = frozenset({"text"})
    address_id: int
    text: str = ""


@event
class Linked(CustomerEvent):
    """Tied to another customer: `subject` is `link_kind` of `other_id` ("parent", "employee_of")."""

    kind: ClassVar[str] = "customer.linked"
    link_id: int
    link_kind: str
    other_id: int


@event
class Unlinked(CustomerEvent):
    """A tie ended."""

    kind: ClassVar[str] = "customer.unlinked"
    link_id: int
    link_kind: str
    other_id: int


@event
class ConsentGiven(CustomerEvent):
    """The customer agreed to be contacted; the proof stands in the consent itself."""

    kind: ClassVar[str] = "customer.consent_given"
    consent_id: int
    channel: str
    purpose: str
    given_at: str
    expires_at: str | None = None
    source: str = ""
    items: int = 0


@event
class ProofAttached(CustomerEvent):
    """A file was kept as the proof of a consent; `sha256` says which content it had."""

    kind: ClassVar[str] = "customer.proof_attached"
    personal: ClassVar[frozenset[str]] = frozenset({"filename"})
    consent_id: int
    sha256: str
    filename: str = ""


@event
class ProofsPurged(Event):
    """Proofs of consents were deleted: the law no longer has us keep them. The subject is the principal."""

    kind: ClassVar[str] = "customer.proofs_purged"
    subject_type: ClassVar[str] = "principal"
    consents: list[int]


@event
class ConsentWithdrawn(CustomerEvent):
    """Consents were withdrawn, in one act. `channels` lists those that were in force until then."""

    kind: ClassVar[str] = "customer.consent_withdrawn"
    consent_ids: list[int]
    channels: list[str]
    source: str = ""


@event
class OppositionRaised(CustomerEvent):
    """The customer no longer wants to be contacted. `channel` "" means every channel."""

    kind: ClassVar[str] = "customer.opposition_raised"
    opposition_id: int
    channel: str
    source: str = ""


@event
class OppositionLifted(CustomerEvent):
    """The customer asked to be contacted again."""

    kind: ClassVar[str] = "customer.opposition_lifted"
    opposition_id: int
    channel: str
    source: str = ""


@event
class CustomersMerged(CustomerEvent):
    """The file `absorbed_id` was joined into `subject_id`."""

    kind: ClassVar[str] = "customer.merged"
    record_id: int
    absorbed_id: int


@event
class CustomersUnmerged(CustomerEvent):
    """A merge was undone: `restored_id` is its own file again."""

    kind: ClassVar[str] = "customer.unmerged"
    record_id: int
    restored_id: int


@event
class CustomerErased(CustomerEvent):
    """Personal data was erased at the person's request (GDPR 17). `kept` names what the law has us keep."""

    kind: ClassVar[str] = "customer.erased"
    reason: str = ""
    kept: list[str] = field(default_factory=list)


@event
class FileUnmasked(CustomerEvent):
    """Someone looked at masked fields before the customer's identity was proven, and said why."""

    kind: ClassVar[str] = "customer.unmasked"
    personal: ClassVar[frozenset[str]] = frozenset({"reason"})
    reason: str = ""
    contact_id: int | None = None


@event
class SegmentSet(Event):
    """A segment of customers was named, renamed, or retired (`active` False)."""

    kind: ClassVar[str] = "customer.segment_set"
    subject_type: ClassVar[str] = "segment"
    slug: str
    label: str
    active: bool = True


@dataclass(frozen=True, kw_only=True)
class TransferEvent(Event):
    """Something about the import or export `subject_id`."""

    subject_type: ClassVar[str] = "customer_job"


@event
class BatchImported(TransferEvent):
    """One batch of an import was written: the customers it created and changed, by id."""

    kind: ClassVar[str] = "customer.batch_imported"
    created: list[int]
    updated: list[int]


@event
class ImportEnded(TransferEvent):
    """An import is over: `state` done, cancelled or failed."""

    kind: ClassVar[str] = "customer.import_ended"
    state: str
    dry_run: bool
    rows: int
    created: int
    updated: int
    rejected: int
    filename: str = ""


@event
class CustomersExported(TransferEvent):
    """Somebody took customers' data out of the centre."""

    kind: ClassVar[str] = "customer.exported"
    rows: int
    format: str
