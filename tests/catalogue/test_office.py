"""The office's pages of products: who comes in, what is kept, what a refused or stale form shows."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ligne.catalogue import reads, services
from ligne.catalogue.models import Product
from ligne.journal.models import Entry
from ligne.staff.models import User
from tests.world import Company

FIBRE = {"sku": "FIB-1", "name": "Fibre", "kind": "subscription", "price": "29,99", "vat_permille": "200", "version": 0}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def fibre(bleuet: Company) -> Product:
    return services.set_product(
        bleuet.system,
        principal_id=bleuet.principal.pk,
        sku="FIB-1",
        name="Fibre",
        kind="subscription",
        price_cents=2999,
    )


def as_shown(product: Product, **changes: Any) -> dict[str, Any]:
    """What the page of a product posts when nothing but `changes` was touched."""
    shown: dict[str, Any] = {"name": product.name, "kind": product.kind, "price": f"{product.price_cents / 100:.2f}"}
    shown |= {"vat_permille": product.vat_permille, "description": product.description, "version": product.version}
    return shown | ({"active": "on"} if product.active else {}) | changes


def test_a_product_is_added_renamed_and_taken_out_of_sale(bleuet: Company) -> None:
    client = signed_in(bleuet.administrator)
    new = reverse("catalogue:product_new", args=["bleuet"])
    done = client.post(new, FIBRE | {"active": "on", "description": "1 Gbit/s"})
    assert done.headers["Location"] == f"{reverse('catalogue:products')}?principal=bleuet"
    made = Product.objects.get()
    assert (made.sku, made.price_cents, made.vat_permille, made.active) == ("FIB-1", 2999, 200, True)
    page = reverse("catalogue:product", args=[made.pk])
    assert client.post(page, as_shown(made, name="Fibre Max", price="31,50")).status_code == 302
    made.refresh_from_db()
    assert (made.name, made.price_cents, made.version) == ("Fibre Max", 3150, 2)
    retired = as_shown(made)
    del retired["active"]
    assert client.post(page, retired).status_code == 302
    assert not Product.objects.get().active
    assert reads.products(bleuet.viewer()) == []
    assert "Fibre Max" in client.get(reverse("catalogue:products")).content.decode()


def test_every_change_is_kept_in_the_journal(bleuet: Company, fibre: Product) -> None:
    page = reverse("catalogue:product", args=[fibre.pk])
    signed_in(bleuet.administrator).post(page, as_shown(fibre, name="Fibre Max"))
    told = Entry.objects.filter(kind="product.set").order_by("pk").values_list("data__name", "actor_id")
    assert list(told) == [("Fibre", None), ("Fibre Max", bleuet.administrator.pk)]
    history = signed_in(bleuet.administrator).get(reverse("journal:entries"), {"subject": f"product:{fibre.pk}"})
    assert "Fibre Max" in history.content.decode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"sku": "FIB-1"}, "Un autre produit a ce code"),
        ({"price": "-1"}, "supérieure ou égale"),
        ({"price": "cher"}, "Saisissez un nombre"),
        ({"name": " "}, "obligatoire"),
        ({"kind": "ghost"}, "Sélectionnez un choix valide"),
        ({"version": ""}, "Cette page est incomplète"),
    ],
)
def test_a_wrong_product_is_refused_and_kept_on_the_page(
    bleuet: Company, fibre: Product, changes: dict[str, str], sentence: str
) -> None:
    typed = FIBRE | {"sku": "NEW", "description": "Ce que j’ai écrit"} | changes
    answer = signed_in(bleuet.administrator).post(reverse("catalogue:product_new", args=["bleuet"]), typed)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert "Ce que j’ai écrit" in answer.content.decode()
    assert Product.objects.count() == 1


def test_a_stale_product_shows_what_it_is_now_and_what_was_typed(bleuet: Company, fibre: Product) -> None:
    services.set_product(bleuet.system, principal_id=bleuet.principal.pk, sku="FIB-1", price_cents=3499)
    page = reverse("catalogue:product", args=[fibre.pk])
    answer = signed_in(bleuet.administrator).post(page, as_shown(fibre, price="35,99"))
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert 'value="34,99"' in shown
    assert "<dd><pre>35,99</pre></dd>" in shown
    assert Product.objects.get().price_cents == 3499


def test_another_companys_products_do_not_exist(bleuet: Company, garance: Company, fibre: Product) -> None:
    client = signed_in(garance.administrator)
    page = reverse("catalogue:product", args=[fibre.pk])
    assert client.get(page).status_code == 404
    assert client.post(page, as_shown(fibre, name="À moi")).status_code == 404
    assert client.get(reverse("catalogue:product_new", args=["bleuet"])).status_code == 404
    assert client.get(reverse("catalogue:products"), {"principal": "bleuet"}).status_code == 404
    assert "Fibre" not in client.get(reverse("catalogue:products")).content.decode()
    assert Product.objects.get().name == "Fibre"


def test_advisors_stay_out(bleuet: Company, fibre: Product) -> None:
    for user in (bleuet.advisor, bleuet.quality):
        client = signed_in(user)
        assert client.get(reverse("catalogue:products")).status_code == 403
        assert client.post(reverse("catalogue:product", args=[fibre.pk]), as_shown(fibre, name="X")).status_code == 403
    assert Product.objects.get().name == "Fibre"


def test_the_list_costs_the_same_for_many_products(bleuet: Company, django_assert_max_num_queries: Any) -> None:
    for number in range(30):
        services.set_product(
            bleuet.system, principal_id=bleuet.principal.pk, sku=f"P{number}", name=f"P {number}", price_cents=number
        )
    client = signed_in(bleuet.administrator)
    client.get(reverse("catalogue:products"))
    with django_assert_max_num_queries(10):
        assert "P 29" in client.get(reverse("catalogue:products")).content.decode()
