"""What the advisor sees of the page, and the demo shop."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from ligne.channels.chat import services
from ligne.staff.models import User
from tests import world
from tests.channels.chat.conftest import Visitor

Arrives = Callable[[], Visitor]


def signed_in(user: User) -> Client:
    client = Client(headers={"Accept-Language": "fr"})
    client.force_login(user)
    return client


def test_the_advisor_sees_the_page_and_who_types(garance: world.Company, visitor: Arrives) -> None:
    anne = visitor()
    anne.start(page_url="https://garance.test/frigo", page_title="<b>Frigo</b>")
    contact = anne.is_answered()
    client = signed_in(garance.advisor)
    body = client.get(f"/chat/desk/{contact.pk}/").content.decode()
    assert "https://garance.test/frigo" in body
    assert "&lt;b&gt;Frigo&lt;/b&gt;" in body
    assert 'hx-target="this"' in body, "it stands inside fragments that have targets of their own"
    assert "écrit…" not in body
    services.customer_types(anne.guest)
    assert "écrit…" in client.get(f"/chat/desk/{contact.pk}/").content.decode()
    services.gone(anne.guest)
    assert "Absent(e) de la page" in client.get(f"/chat/desk/{contact.pk}/").content.decode()


def test_only_people_of_the_company_see_it(garance: world.Company, bleuet: world.Company, visitor: Arrives) -> None:
    anne = visitor()
    anne.start()
    contact = anne.is_answered()
    path = f"/chat/desk/{contact.pk}/"
    assert Client().get(path).status_code == 302
    assert signed_in(bleuet.advisor).get(path).status_code == 404
    assert signed_in(garance.quality).get(path).status_code == 200
    assert signed_in(garance.quality).post(f"{path}typing/").status_code == 403
    assert signed_in(bleuet.advisor).post(f"{path}typing/").status_code == 404
    assert anne.session.advisor_typing_at is None
    assert signed_in(garance.advisor).post(f"{path}typing/").status_code == 204
    assert anne.session.advisor_typing_at is not None


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["garance", "bleuet"])
def test_the_demo_shop_embeds_the_widget_with_one_tag(slug: str) -> None:
    body = Client().get(f"/demo/shop/{slug}/").content.decode()
    assert body.count("built/widget.js") == 1
    assert f'data-queue="{slug}-chat"' in body


@pytest.mark.django_db
def test_the_demo_shop_exists_in_the_demo_alone(settings: object) -> None:
    assert Client().get("/demo/shop/inconnue/").status_code == 404
    settings.DEMO = False  # type: ignore[attr-defined]
    assert Client().get("/demo/shop/garance/").status_code == 404
