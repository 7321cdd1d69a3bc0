"""The right to be forgotten: nothing personal remains, opposition does, the journal's chain still holds."""

from __future__ import annotations

import json

import pytest
from django.db import connection

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
