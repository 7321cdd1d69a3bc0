"""Proving that the journal is whole: everything is read again and hashed again, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from django.db import connection, transaction

from ligne.journal.models import EntryPersonal, Seal
from ligne.journal.rules import chain
from ligne.journal.rules.ranges import Ranges
from ligne.journal.services.erasing import FORGOTTEN
from ligne.journal.services.sealing import PAGE, lines

MOST_PROBLEMS = 100


@dataclass(slots=True)
class Verification:
    """What a verification found. `entries` were read, of which `sealed` stand under seals; `head` is the last seal."""

    ok: bool = True
    entries: int = 0
    sealed: int = 0
    head: str = chain.GENESIS
    problems: list[str] = field(default_factory=list)

    def wrong(self, problem: str) -> None:
        """Note a problem; the first hundred are told."""
        self.ok = False
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)


def verify() -> Verification:
    """Recompute every seal and every personal digest. Nothing is written; memory does not grow with the journal.

    It finds entries that were changed, removed, inserted or exchanged under a seal, seals that were changed or removed,
    and personal fields that were changed or that went without an erasure.
    """
    found = Verification()
    outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if outermost:  # one snapshot, so that an erasure meanwhile is not taken for a theft
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        erased = _erased()
        ends = _follow_chain(found, erased)
        _read_unsealed(found, erased, ends)
        cursor.execute(
            "SELECT count(*) FROM journal_entrypersonal p "
            "LEFT JOIN journal_entry e ON e.id = p.entry_id WHERE e.id IS NULL OR e.personal_digest = ''"
        )
        if stray := cursor.fetchone()[0]:
            found.wrong(f"{stray} personal records belong to no entry")
    return found


def _follow_chain(found: Verification, erased: Ranges) -> dict[int, int]:
    """Recompute the seals in order; returns where each cluster's sealed part ends."""
    ends: dict[int, int] = {}
    expected = 1
    for seal in _seals():
        window = chain.Window(seal.cluster, seal.from_xid, seal.to_xid)
        if seal.id != expected:
            found.wrong(f"seal {expected} is missing")
        if seal.previous != found.head:
            found.wrong(f"seal {seal.id} does not follow the one before")
        if window.from_xid != ends.get(window.cluster, 0):
            found.wrong(f"seal {seal.id} leaves transactions out or covers some twice")
        digest = chain.SealDigest(seal.previous, window)
        for page in _pages(lines(window)):
            digest.add(page)
            _check_personal(found, page, erased)
        if digest.count != seal.count:
            found.wrong(f"seal {seal.id} covers {digest.count} entries instead of {seal.count}")
        if digest.finish() != seal.digest:
            found.wrong(f"seal {seal.id} does not match its entries")
        found.entries += digest.count
        found.sealed += digest.count
        found.head, expected = seal.digest, seal.id + 1
        ends[window.cluster] = window.to_xid
    return ends


def _read_unsealed(found: Verification, erased: Ranges, ends: dict[int, int]) -> None:
    """Entries that no seal covers yet: their personal fields are checked, their chain is still to come."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT cluster, max(xid::text::numeric) FROM journal_entry GROUP BY cluster")
        reach = {cluster: int(last) for cluster, last in cursor.fetchall()}
    for cluster, last in reach.items():
        for page in _pages(lines(chain.Window(cluster, ends.get(cluster, 0), last + 1))):
            found.entries += len(page)
            _check_personal(found, page, erased)


def _check_personal(found: Verification, page: list[chain.Line], erased: Ranges) -> None:
    """Personal fields match their digest, and are absent only where an erasure says so."""
    expected = {line.id: line.personal_digest for line in page if line.personal_digest}
    kept = EntryPersonal.objects.in_bulk(list(expected))
    for number, digest in expected.items():
        personal = kept.get(number)
        if personal is None:
            if number not in erased:
                found.wrong(f"entry {number} lost its personal fields without an erasure")
        elif chain.personal_digest(personal.salt, personal.fields) != digest:
            found.wrong(f"the personal fields of entry {number} were changed")


def _erased() -> Ranges:
    """The entries whose personal fields were erased, as the erasures' own entries tell."""
    ranges = Ranges()
    with connection.cursor() as cursor:
        cursor.execute("SELECT data -> 'entries' FROM journal_entry WHERE kind = %s", [FORGOTTEN])
        for (told,) in cursor.fetchall():
            ranges.add_text(told)
    return ranges


def _seals() -> Iterator[Seal]:
    last = 0
    while page := list(Seal.objects.filter(id__gt=last).order_by("id")[:PAGE]):
        yield from page
        last = page[-1].id


def _pages(of: Iterable[chain.Line]) -> Iterator[list[chain.Line]]:
    entries = iter(of)
    while page := list(islice(entries, PAGE)):
        yield page
