"""What happens to contracts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ligne.kit.bus import Event, event


@dataclass(frozen=True, kw_only=True)
class ContractEvent(Event):
    """Something about the contract `subject_id`."""

    subject_type: ClassVar[str] = "contract"


@event
class ContractOpened(ContractEvent):
    """A contract was entered."""

    kind: ClassVar[str] = "contract.opened"
    number: str
    state: str
    product: str = ""


@event
class ContractsOpened(Event):
    """Many contracts were entered at once (an import); `subject_id` is the first of them."""

    kind: ClassVar[str] = "contract.batch_opened"
    subject_type: ClassVar[str] = "contract"
    contracts: list[int]


@event
class ContractEnded(ContractEvent):
    """A contract has an end: `last_day` is the last one in force."""

    kind: ClassVar[str] = "contract.ended"
    number: str
    last_day: str
