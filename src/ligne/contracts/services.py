"""What can be done with contracts: enter one or many, end one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction

from ligne.catalogue import reads as catalogue
from ligne.contracts.events import ContractEnded, ContractOpened, ContractsOpened
from ligne.contracts.models import Contract
from ligne.contracts.rules import states
from ligne.customers import reads as customers
from ligne.customers import services as customer_services
from ligne.kit import bus, clock, locks
from ligne.kit.errors import Conflict, Forbidden, Invalid, NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, ADVISOR, SUPERVISOR, Viewer

WRITERS = (ADVISOR, SUPERVISOR, ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class NewContract:
    """A contract to be entered. `end` is the last day in force; `monthly_cents` what it costs a month."""

    customer_id: int
    number: str
    start: date
    product_id: int | None = None
    state: str = states.ACTIVE
    end: date | None = None
    monthly_cents: int = 0


def open_contract(viewer: Viewer, *, principal_id: int, contract: NewContract) -> Contract:
    """Enter a contract of a customer. Raises `Invalid`, `Conflict` (the number exists), `NotFound`, `Forbidden`."""
    _may(viewer)
    customer = customers.get(viewer, contract.customer_id)
    if customer.principal_id != principal_id:
        raise NotFound
    _check(principal_id, contract)
    with transaction.atomic():
        customer_services.lock_customer(viewer, contract.customer_id)
        try:
            with transaction.atomic():
                row = Contract.objects.create(principal_id=principal_id, **_columns(contract))
        except IntegrityError:
            raise Conflict(
                N_("A contract already has the number “%(number)s”. Nothing was saved."),
                field="number",
                number=contract.number,
            ) from None
        bus.announce(
            ContractOpened(
                subject_id=row.pk,
                principal_id=principal_id,
                customer_id=contract.customer_id,
                actor_id=viewer.user_id,
                number=row.number,
                state=row.state,
                product=row.product.name if row.product else "",
            )
        )
    return row


def open_contracts(viewer: Viewer, *, principal_id: int, contracts: Iterable[NewContract]) -> int:
    """Enter many at once, those whose number exists left as they are; returns how many were new.

    Customers must be the principal's. Raises `Invalid`, `NotFound`, `Forbidden`; then none is entered.
    """
    _may(viewer)
    if not viewer.sees(principal_id):
        raise NotFound
    given = list({c.number: c for c in contracts}.values())
    owners = {c.customer_id for c in given}
    own = customers.visible(viewer).filter(principal_id=principal_id, pk__in=owners)
    if set(own.values_list("pk", flat=True)) != owners:
        raise NotFound
    with transaction.atomic():
        numbers = [c.number for c in given]
        known = Contract.objects.filter(principal_id=principal_id, number__in=numbers)
        held = set(known.values_list("number", flat=True))
        rows = [Contract(principal_id=principal_id, **_columns(c)) for c in given if c.number not in held]
        Contract.objects.bulk_create(rows, batch_size=1000)
        if rows:
            bus.announce(
                ContractsOpened(
                    subject_id=rows[0].pk,
                    principal_id=principal_id,
                    actor_id=viewer.user_id,
                    contracts=[row.pk for row in rows],
                )
            )
    return len(rows)


def end_contract(viewer: Viewer, *, contract_id: int, last_day: date | None = None) -> Contract:
    """Set the last day in force (today by default). Raises `Invalid`, `NotFound`, `Forbidden`."""
    _may(viewer)
    today = clock.now().date()
    with transaction.atomic():
        contract = locks.row(Contract, pk=contract_id, principal_id__in=viewer.principals)
        last = last_day or today
        if last < contract.start:
            raise Invalid(N_("A contract cannot end before it begins."), field="end")
        contract.end = last
        if last < today:
            contract.state = states.ENDED
        contract.save(update_fields=["end", "state"])
        bus.announce(
            ContractEnded(
                subject_id=contract.pk,
                principal_id=contract.principal_id,
                customer_id=contract.customer_id,
                actor_id=viewer.user_id,
                number=contract.number,
                last_day=last.isoformat(),
            )
        )
    return contract


def _may(viewer: Viewer) -> None:
    if not viewer.has_role(*WRITERS):
        raise Forbidden


def _check(principal_id: int, contract: NewContract) -> None:
    if not 0 < len(contract.number.strip()) <= 40:
        raise Invalid(N_("A contract needs a number of 1 to 40 characters."), field="number")
    if contract.state not in states.LABELS:
        raise Invalid(N_("This state of a contract does not exist."), field="state")
    if contract.end is not None and contract.end < contract.start:
        raise Invalid(N_("A contract cannot end before it begins."), field="end")
    if contract.product_id is not None:
        # A company's contract is about the company's own products.
        catalogue.get(Viewer.system(principal_id), contract.product_id)


def _columns(contract: NewContract) -> dict[str, object]:
    return {
        "customer_id": contract.customer_id,
        "number": contract.number.strip(),
        "product_id": contract.product_id,
        "state": contract.state,
        "start": contract.start,
        "end": contract.end,
        "monthly_cents": contract.monthly_cents,
    }
