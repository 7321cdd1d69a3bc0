"""Counting many exchanges that have just been placed, in a few statements."""

from __future__ import annotations

from collections.abc import Iterable

from ligne.contacts import reads as contacts
from ligne.kit import copying
from ligne.routing import reads as routing
from ligne.supervision.models import ContactFact, CountDelta
from ligne.supervision.rules import counting
from ligne.supervision.services.counting import _exchange, _fill, recount, zone


def count_placed(contact_ids: Iterable[int]) -> None:
    """`recount` for many; those that are counted for the first time share their statements."""
    ids = set(contact_ids)
    counted = set(ContactFact.objects.filter(contact_id__in=ids).values_list("contact_id", flat=True))
    for contact_id in sorted(counted):
        recount(contact_id)
    new = contacts.counted_among(ids - counted)
    queues = routing.queues_called(contact.queue for contact in new)
    facts: list[ContactFact] = []
    for contact in new:
        if (queue := queues.get(contact.queue)) is not None:
            fact = ContactFact(contact_id=contact.pk)
            _fill(fact, contact, queue)
            facts.append(fact)
    copying.insert(facts)
    _add(facts)


def _add(facts: Iterable[ContactFact]) -> None:
    """One row for each counter that changes."""
    here = zone()
    added: dict[tuple[int, counting.Slot], counting.Sums] = {}
    for fact in facts:
        for slot, sums in counting.contributions(_exchange(fact), here).items():
            total = added.setdefault((fact.principal_id, slot), {})
            for measure, value in sums.items():
                total[measure] = total.get(measure, 0) + value
    CountDelta.objects.bulk_create(
        CountDelta(
            principal_id=principal_id,
            queue_id=slot.queue_id,
            channel=slot.channel,
            advisor_id=slot.advisor_id or None,
            day=slot.day,
            slot=slot.slot,
            **sums,
        )
        for (principal_id, slot), sums in added.items()
    )
