"""A fragment brings along what the page would ask for at once."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from ligne.customers import services as customers
from tests import world

pytestmark = pytest.mark.django_db


def test_the_file_comes_with_its_first_tab(client: Client) -> None:
    company = world.company("garance")
    who = company.advisor
    customer = customers.create(company.system, principal_id=company.principal.pk, last_name="Lefèvre")
    client.force_login(who)
    panel = client.get(reverse("customers:panel", args=[customer.pk]), headers={"HX-Request": "true"}).content.decode()
    tab = client.get(reverse("customers:history", args=[customer.pk]), headers={"HX-Request": "true"}).content.decode()
    assert tab.strip() in panel
    assert "lc-loading" not in panel


def test_what_is_refused_is_asked_for_later_and_shows_nothing_of_it(client: Client) -> None:
    from django.test import RequestFactory

    from ligne.kit import parts
    from ligne.staff import reads as staff

    garance, bleuet = world.company("garance"), world.company("bleuet")
    theirs = customers.create(bleuet.system, principal_id=bleuet.principal.pk, last_name="Secret")
    request = RequestFactory().get("/")
    request.user = garance.advisor
    request.viewer = staff.viewer_of(garance.advisor)  # type: ignore[attr-defined]
    assert parts.part(request, reverse("customers:history", args=[theirs.pk])) == ""
    assert parts.part(request, "/no/such/address/") == ""
