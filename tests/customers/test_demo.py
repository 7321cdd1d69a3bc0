"""The demo's customers: as many as asked, plausible, the same each time, with the people of the stories."""

from __future__ import annotations

import random

import pytest
from django.db import transaction

from ligne.catalogue import demo as catalogue_demo
from ligne.contracts import demo as contract_demo
from ligne.contracts.models import Contract
from ligne.customers import demo, reads
from ligne.customers.models import ContactPoint, Customer, Link
from ligne.kit.demo import Context
from ligne.staff.models import Principal


def made(scale: int) -> Context:
    context = Context(password="x", scale=scale, rng=random.Random(7))
    for slug, name in (("bleuet", "Bleuet Télécom"), ("garance", "Atelier Garance")):
        context.principals[slug] = Principal.objects.create(slug=slug, name=name)
    for part in (catalogue_demo, demo, contract_demo):
        part.make(context)
    return context


@pytest.mark.django_db
def test_demo() -> None:
    context = made(400)
    assert 400 <= Customer.objects.count() <= 410
    assert Contract.objects.count() > 150
    assert Link.objects.exists()
    numbers = ContactPoint.objects.filter(kind="phone").values_list("value", flat=True)
    fiction = ("+3363998", "+3319900", "+3326191", "+3335301", "+3346571", "+3353649")
    assert len(numbers) >= 400
    assert [n for n in numbers if not n.startswith(fiction)] == []
    from ligne.kit.viewer import Viewer

    viewer = Viewer.system(*(p.pk for p in context.principals.values()))
    assert [s.display_name for s in reads.search(viewer, "06 39 98 22 90")] == ["Mme Anne Lefèvre"]
    assert reads.search(viewer, "karim.haddad@exemple.test")[0].display_name == "M. Karim Haddad"
    assert reads.search(viewer, "coline boulangerie")[0].display_name == "Boulangerie Coline"
    look_alikes = [c for c in Customer.objects.order_by("pk")[:300] if reads.propose_duplicates(viewer, c.pk)]
    assert look_alikes


@pytest.mark.django_db
def test_the_same_demo_each_time() -> None:
    names = []
    for _ in range(2):
        with transaction.atomic():
            made(60)
            people = Customer.objects.order_by("pk").values_list("last_name", "first_name", "external_ref")
            names.append(list(people))
            transaction.set_rollback(True)
    assert names[0] == names[1]
