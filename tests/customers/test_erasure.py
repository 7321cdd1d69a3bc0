"""The right to be forgotten: nothing personal remains, opposition does, the journal's chain still holds."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from ligne.contacts import services as contacts
from ligne.contacts.ports import Sender
from ligne.customers import reads, services
from ligne.customers.models import Address, ContactPoint, Customer, ErasedOpposition, Opposition
from ligne.journal import services as journal
from ligne.kit.errors import Forbidden, NotFound
from tests.customers.test_files import anne
from tests.world import Company

TABLES = ("customer", "contactpoint", "address", "mergerecord", "opposition", "erasedopposition")


def everything() -> str:
    """All that the customers' tables hold, as text."""
    found = []
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT coalesce(json_agg(t)::text, '') FROM customers_{table} t")  # noqa: S608 - our names
            found.append(cursor.fetchone()[0])
        cursor.execute("SELECT coalesce(json_agg(fields)::text, '') FROM journal_entrypersonal")
        found.append(cursor.fetchone()[0])
    return json.dumps(found, ensure_ascii=False).lower()


def test_erase(bleuet: Company) -> None:
    made = anne(bleuet, notes="secret", external_ref="R1", birth_date="1984-05-17", address={"city": "Rennes"})
    twin = anne(bleuet, last_name="Lefebvre")
    services.merge(bleuet.viewer(), survivor_id=made.pk, absorbed_id=twin.pk)
    services.oppose(bleuet.viewer(), customer_id=made.pk, channel="voice")
    contact = bleuet.arrival(customer_id=made.pk, text="Ma vie privée")
    journal.seal()
    kept = services.erase(bleuet.viewer("supervisor"), customer_id=made.pk, reason="request")
    assert kept == ["journal", "oppositions"]
    left = everything()
    for word in ("lefèvre", "lefebvre", "secret", "639982290", "anne.lefevre", "1984-05-17", "rennes"):
        assert word not in left, word
    assert not ContactPoint.objects.exists()
    assert not Address.objects.exists()
    assert contact.messages.get().text == ""
    with pytest.raises(NotFound):
        reads.get(bleuet.viewer(), made.pk)
    assert reads.search(bleuet.viewer(), "lefevre") == []
    assert Customer.objects.get(pk=made.pk).surname_key == ""
    journal.seal()
    assert journal.verify().ok


def personal_in_the_journal() -> str:
    """What the journal still holds of people."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(json_agg(fields)::text, '') FROM journal_entrypersonal")
        return str(cursor.fetchone()[0])


def test_the_journal_forgets_files_merged_in_at_any_depth(bleuet: Company) -> None:
    first, second, last = (
        services.create(bleuet.viewer(), principal_id=bleuet.principal.pk, last_name=name)
        for name in ("Premierot", "Deuxièmet", "Troisièmet")
    )
    early = bleuet.arrival(customer_id=first.pk, sender=Sender(name="Premierot Anne", email="premierot@exemple.test"))
    services.merge(bleuet.viewer(), survivor_id=second.pk, absorbed_id=first.pk)
    bleuet.arrival(customer_id=second.pk, sender=Sender(name="Deuxièmet Anne"))
    services.merge(bleuet.viewer(), survivor_id=last.pk, absorbed_id=second.pk)
    journal.seal()
    held = personal_in_the_journal()
    assert all(name in held for name in ("Premierot", "Deuxi", "Troisi"))
    services.erase(bleuet.viewer("supervisor"), customer_id=last.pk)
    held = personal_in_the_journal()
    assert not any(name in held for name in ("remierot", "Deuxi", "Troisi"))
    early.refresh_from_db()
    assert (early.from_name, early.from_email) == ("", "")
    journal.seal()
    assert journal.verify().ok


def test_the_journal_forgets_what_came_before_a_merge_that_was_undone(bleuet: Company) -> None:
    """The exchange went to the other file and back: its last entry names the other one."""
    mine, other = anne(bleuet), anne(bleuet, last_name="Autre")
    exchange = bleuet.arrival(sender=Sender(name="Inconnue Rouge", email="rouge@exemple.test"))
    contacts.choose_customer(bleuet.system, contact_id=exchange.pk, customer_id=mine.pk)
    record = services.merge(bleuet.viewer(), survivor_id=other.pk, absorbed_id=mine.pk)
    contacts.note(bleuet.system, contact_id=exchange.pk, text="Vue pendant la fusion")
    services.unmerge(bleuet.viewer(), record_id=record.pk)
    assert "Inconnue Rouge" in personal_in_the_journal()
    services.erase(bleuet.viewer("supervisor"), customer_id=mine.pk)
    held = personal_in_the_journal()
    assert "Inconnue Rouge" not in held
    assert "rouge@exemple" not in held
    assert "Autre" in held
    assert reads.get(bleuet.viewer(), other.pk).last_name == "Autre"


def test_only_those_who_may_erase(bleuet: Company) -> None:
    made = anne(bleuet)
    for role in ("advisor", "quality"):
        with pytest.raises(Forbidden):
            services.erase(bleuet.viewer(role), customer_id=made.pk)
    assert reads.get(bleuet.viewer(), made.pk).last_name == "Lefèvre"


def test_opposition_outlives_the_erasure(bleuet: Company, garance: Company) -> None:
    made = anne(bleuet)
    services.oppose(bleuet.viewer(), customer_id=made.pk, channel="voice")
    services.erase(bleuet.viewer("administrator"), customer_id=made.pk)
    assert ErasedOpposition.objects.count() == 2
    back = anne(bleuet, last_name="Autre")
    assert reads.law_facts(bleuet.viewer(), back.pk)["customer"]["opposed"] == ["voice"]
    assert Opposition.objects.get(customer=back).source == "kept_list"
    elsewhere = anne(garance)
    assert reads.law_facts(garance.viewer(), elsewhere.pk)["customer"]["opposed"] == []
