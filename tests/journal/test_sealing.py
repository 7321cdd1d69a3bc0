from __future__ import annotations

import random
import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from ligne.journal import services
from ligne.journal.models import Entry, EntryPersonal, Seal

from .conftest import write

pytestmark = pytest.mark.django_db(transaction=True)
SealAll = Callable[[], None]
Tamper = Callable[..., None]


def test_an_empty_journal_is_whole() -> None:
    assert services.seal() is None
    found = services.verify()
    assert (found.ok, found.entries, found.head) == (True, 0, "0" * 64)


def test_seals_follow_one_another(seal_all: SealAll) -> None:
    for batch in range(3):
        for number in range(4):
            write(batch * 10 + number, name="Anne")
        seal_all()
    seals = list(Seal.objects.all())
    assert [later.previous for later in seals[1:]] == [earlier.digest for earlier in seals[:-1]]
    found = services.verify()
    assert (found.ok, found.entries, found.sealed, found.head) == (True, 12, 12, seals[-1].digest)
    assert services.seal() is None


def test_only_settled_entries_are_sealed(seal_all: SealAll) -> None:
    """An entry of a transaction that stays open is sealed after it ends, although younger ids were there before."""
    wrote, release = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            write(1)
            wrote.set()
            release.wait(60)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    assert wrote.wait(30)
    write(2)
    services.seal()
    assert not Seal.objects.exists()
    assert services.verify().ok
    release.set()
    other.join(60)
    seal_all()
    assert sum(Seal.objects.values_list("count", flat=True)) == 2
    assert services.verify().ok


def test_rolled_back_ids_leave_harmless_gaps(seal_all: SealAll) -> None:
    write(1)
    with transaction.atomic():
        write(2)
        transaction.set_rollback(True)
    write(3)
    seal_all()
    found = services.verify()
    assert (found.ok, found.entries) == (True, 2)


def test_writers_and_sealers_together(seal_all: SealAll) -> None:
    """Four writers whose transactions interleave and sometimes fail, two sealers: every entry is sealed once."""
    failures: list[BaseException] = []
    writing = threading.Event()

    def writer(number: int) -> None:
        rng = random.Random(number)
        for _ in range(40):
            with transaction.atomic():
                for _ in range(rng.randint(1, 4)):
                    write(number, name="Anne" if rng.random() < 0.5 else "")
                if rng.random() < 0.2:
                    transaction.set_rollback(True)

    def sealer() -> None:
        while not writing.is_set():
            services.seal()

    def run(job: Callable[..., None], *arguments: int) -> None:
        try:
            job(*arguments)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    writers = [threading.Thread(target=run, args=(writer, n)) for n in range(4)]
    sealers = [threading.Thread(target=run, args=(sealer,)) for _ in range(2)]
    for thread in [*writers, *sealers]:
        thread.start()
    for thread in writers:
        thread.join(120)
    writing.set()
    for thread in sealers:
        thread.join(120)
    assert not failures
    seal_all()
    found = services.verify()
    assert found.ok, found.problems
    assert found.sealed == Entry.objects.count() == sum(Seal.objects.values_list("count", flat=True))


@pytest.fixture
def journal(seal_all: SealAll) -> list[int]:
    """Ten entries, personal ones among them, under two seals."""
    ids = [write(n, name=f"Person {n}" if n % 2 else "") for n in range(5)]
    seal_all()
    ids += [write(n, name=f"Person {n}") for n in range(5, 10)]
    seal_all()
    return ids


CHANGES = {
    "a fact": "UPDATE journal_entry SET data = '{\"weight\": 9}' WHERE id = %s",
    "the instant": "UPDATE journal_entry SET at = at + interval '1 microsecond' WHERE id = %s",
    "the actor": "UPDATE journal_entry SET actor_id = 99 WHERE id = %s",
    "the digest of the personal part": "UPDATE journal_entry SET personal_digest = repeat('0', 64) WHERE id = %s",
    "another transaction": "UPDATE journal_entry SET xid = '3' WHERE id = %s",
    "moved beyond the last seal": "UPDATE journal_entry SET xid = '999999999999' WHERE id = %s",
    "another cluster": "UPDATE journal_entry SET cluster = 5 WHERE id = %s",
    "removed": "DELETE FROM journal_entry WHERE id = %s",
    "another id": "UPDATE journal_entry SET id = id + 100000 WHERE id = %s",
    "inserted": (
        "INSERT INTO journal_entry "
        "(at, kind, actor_kind, subject_type, subject_id, data, personal_digest, cluster, xid) "
        "SELECT at, kind, actor_kind, subject_type, subject_id, data, '', cluster, xid FROM journal_entry WHERE id = %s"
    ),
    "a personal field": 'UPDATE journal_entrypersonal SET fields = \'{"name": "X"}\' WHERE entry_id = %s',
    "the salt": "UPDATE journal_entrypersonal SET salt = repeat('0', 32) WHERE entry_id = %s",
    "personal fields removed": "DELETE FROM journal_entrypersonal WHERE entry_id = %s",
}


@pytest.mark.parametrize("what", CHANGES)
def test_every_change_is_found(what: str, journal: list[int], tamper: Tamper) -> None:
    assert services.verify().ok
    tamper(CHANGES[what], journal[7])
    found = services.verify()
    assert not found.ok, what
    assert found.problems


def test_exchanged_entries_are_found(journal: list[int], tamper: Tamper) -> None:
    tamper(
        "UPDATE journal_entry e SET data = o.data, subject_id = o.subject_id FROM journal_entry o "
        "WHERE (e.id, o.id) IN ((%s, %s), (%s, %s))",
        journal[0],
        journal[2],
        journal[2],
        journal[0],
    )
    assert not services.verify().ok


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM journal_seal WHERE id = 1",
        "UPDATE journal_seal SET digest = repeat('a', 64) WHERE id = 1",
        "UPDATE journal_seal SET count = count - 1 WHERE id = 2",
        "UPDATE journal_seal SET to_xid = (to_xid::text::bigint + 1)::text::xid8 WHERE id = 1",
        "UPDATE journal_seal SET previous = repeat('a', 64) WHERE id = 2",
    ],
)
def test_changed_seals_are_found(sql: str, journal: list[int], tamper: Tamper) -> None:
    tamper(sql)
    assert not services.verify().ok


def test_a_stray_personal_record_is_found(journal: list[int], tamper: Tamper) -> None:
    tamper("INSERT INTO journal_entrypersonal (entry_id, fields, salt) VALUES (99999999, '{}', '')")
    assert not services.verify().ok


def test_after_a_restore_elsewhere_the_chain_goes_on(seal_all: SealAll, tamper: Tamper) -> None:
    """In another cluster transaction numbers begin anew, below those of the entries that came along."""
    write(1, name="Anne")
    seal_all()
    write(2)
    tamper("UPDATE journal_seal SET cluster = 42, to_xid = '900000000000'")
    tamper("UPDATE journal_entry SET cluster = 42, xid = '800000000000' WHERE subject_id = 1")
    tamper("UPDATE journal_entry SET cluster = 42, xid = '950000000000' WHERE subject_id = 2")
    _hash_again(tamper)
    write(3)
    seal_all()
    found = services.verify()
    assert found.ok, found.problems
    assert found.sealed == 3
    clusters = list(Seal.objects.values_list("cluster", flat=True))
    assert clusters[:2] == [42, 42]
    assert clusters[2] != 42


def _hash_again(tamper: Tamper) -> None:
    """Give the first seal the digest that the pretended cluster would have given it."""
    from ligne.journal.rules import chain
    from ligne.journal.services.sealing import lines

    seal = Seal.objects.get(id=1)
    window = chain.Window(seal.cluster, seal.from_xid, seal.to_xid)
    digest = chain.SealDigest(seal.previous, window)
    digest.add(lines(window))
    tamper("UPDATE journal_seal SET digest = %s WHERE id = 1", digest.finish())


def test_a_forgotten_person_leaves_the_chain_whole(seal_all: SealAll) -> None:
    theirs = write(1, customer_id=8, name="Anne", street="rue Haute")
    before = write(2, name="Anne")  # arrived before anyone knew who it was …
    write(2, customer_id=8)  # … and was then recognised
    other = write(3, customer_id=9, name="Paul")
    corrected = write(4, name="Paul")
    write(4, customer_id=8)
    write(4, customer_id=9)  # first taken for the one, in the end the other's
    seal_all()
    head = services.verify().head
    assert services.forget(8) == 2
    assert set(EntryPersonal.objects.values_list("pk", flat=True)) == {other, corrected}
    assert Entry.objects.filter(pk__in=[theirs, before]).count() == 2
    found = services.verify()
    assert (found.ok, found.head) == (True, head), found.problems
    assert services.forget(8) == 0
    assert Entry.objects.filter(kind="journal.forgotten").count() == 1
    seal_all()
    assert services.verify().ok


def test_forgetting_names_other_things_of_the_person(seal_all: SealAll) -> None:
    write(5, name="Anne")
    assert services.forget(8, subjects=[("parcel", 5)]) == 1
    assert not EntryPersonal.objects.exists()
    assert services.verify().ok
