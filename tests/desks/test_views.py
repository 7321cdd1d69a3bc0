"""The page shells: who is shown what, what is offered, what a person chooses for themselves."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from ligne.kit import clock
from ligne.kit.panels import panels
from ligne.routing.models import WorkItem
from ligne.staff.models import User
from tests.world import Company


def signed_in(person: User) -> Client:
    """A browser in which `person` is signed in."""
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.parametrize(
    ("role", "home"),
    [("advisor", None), ("supervisor", "/floor"), ("quality", "/floor"), ("administrator", "/office")],
)
def test_everybody_has_a_home(bleuet: Company, role: str, home: str | None) -> None:
    answer = signed_in(getattr(bleuet, role)).get("/")
    assert answer.headers.get("Location") == home
    assert answer.status_code == (302 if home else 200)


@pytest.mark.parametrize("path", ["/", "/floor", "/office", "/offer/", "/kit/", "/me/preferences/"])
def test_a_visitor_is_sent_to_sign_in(db: None, path: str) -> None:
    answer = Client().post(path) if path == "/me/preferences/" else Client().get(path)
    assert answer.status_code == 302
    assert answer["Location"] == f"/accounts/login/?next={path}"


def test_a_fragment_asked_for_after_the_session_ended_leaves_the_page_alone(db: None) -> None:
    answer = Client().get("/offer/", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert not answer.content


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/floor", {"supervisor", "quality"}),
        ("/office", {"administrator"}),
        ("/kit/", {"administrator"}),
        ("/offer/", {"advisor", "supervisor"}),
    ],
)
def test_each_page_opens_to_its_roles_alone(bleuet: Company, path: str, allowed: set[str]) -> None:
    roles = ("advisor", "supervisor", "quality", "administrator")
    opened = {role for role in roles if signed_in(getattr(bleuet, role)).get(path).status_code == 200}
    assert opened == allowed


def test_the_desk_is_drawn_with_few_queries(bleuet: Company, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    client = signed_in(bleuet.advisor)
    client.get("/")
    with django_assert_max_num_queries(8):
        page = client.get("/").content.decode()
    assert 'data-live="/live"' in page
    assert 'hx-get="/work/mine/"' in page
    assert "<script>" not in page
    assert " style=" not in page


def test_what_is_offered_is_a_banner_with_the_file_it_opens(bleuet: Company) -> None:
    customer = bleuet.customer()
    contact = bleuet.arrival(customer_id=customer.pk)
    item = WorkItem.objects.get(contact=contact)
    assert not signed_in(bleuet.advisor).get("/offer/").content.strip()

    now = clock.now()
    WorkItem.objects.filter(pk=item.pk).update(
        state="offered", advisor=bleuet.advisor, offered_at=now, expires_at=now.replace(year=now.year + 1)
    )
    banner = signed_in(bleuet.advisor).get("/offer/").content.decode()
    assert f'data-lc-offer="{item.pk}"' in banner
    assert f'data-lc-customer="{customer.pk}"' in banner
    assert reverse("routing:accept", args=[item.pk]) in banner
    assert not signed_in(bleuet.colleague).get("/offer/").content.strip()


def test_the_facts_of_an_exchange_are_of_one_s_own_companies(bleuet: Company, garance: Company) -> None:
    contact = bleuet.arrival()
    path = reverse("desks:facts", args=[contact.pk])
    assert "bleuet email" in signed_in(bleuet.advisor).get(path).content.decode()
    assert signed_in(garance.advisor).get(path).status_code == 404


def test_preferences_are_kept_and_a_new_language_draws_the_page_again(bleuet: Company) -> None:
    client = signed_in(bleuet.advisor)
    assert "HX-Refresh" not in client.post("/me/preferences/", {"theme": "dark"}).headers
    assert client.post("/me/preferences/", {"language": "en"})["HX-Refresh"] == "true"
    bleuet.advisor.refresh_from_db()
    assert (bleuet.advisor.theme, bleuet.advisor.language) == ("dark", "en")
    page = client.get("/").content.decode()
    assert '<html lang="en" data-theme="dark">' in page


def test_a_preference_that_does_not_exist_changes_nothing(bleuet: Company) -> None:
    assert signed_in(bleuet.advisor).post("/me/preferences/", {"theme": "mauve"}).status_code == 422
    bleuet.advisor.refresh_from_db()
    assert bleuet.advisor.theme == "auto"


def test_the_office_leads_to_what_every_app_offers(bleuet: Company) -> None:
    page = signed_in(bleuet.administrator).get("/office").content.decode()
    offered = [p for p in panels if p.slot == "office.nav" and "administrator" in p.roles]
    assert offered
    assert all(f'href="{reverse(p.url_name)}"' in page for p in offered)


def test_every_panel_without_a_subject_has_an_address() -> None:
    for panel in panels:
        if panel.slot in {"bar", "bar.pages", "nav", "office.nav", "floor.main", "floor.side", "desk.work", "me"}:
            assert reverse(panel.url_name)


def test_the_page_of_components_shows_the_tags_at_work(bleuet: Company) -> None:
    page = signed_in(bleuet.administrator).get("/kit/").content.decode()
    assert "06\u00a071\u00a022\u00a090\u00a018" in page
    assert "1\u202f234,56\u00a0€" in page


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/logout/", "/nowhere"])
def test_pages_of_sign_in_and_error_are_ours(db: None, path: str) -> None:
    page = Client().get(path, follow=True).content.decode()
    assert 'class="lc-bare"' in page
    assert " style=" not in page


@pytest.mark.parametrize("name", ["account_change_password", "mfa_index", "usersessions_list"])
def test_pages_of_one_s_account_stand_in_the_shell(bleuet: Company, name: str) -> None:
    page = signed_in(bleuet.advisor).get(reverse(name), follow=True).content.decode()
    assert "lc-account" in page or "lc-bare" in page
    assert " style=" not in page


def test_the_demo_s_people_are_named_only_in_the_demo(db: None, settings) -> None:  # type: ignore[no-untyped-def]
    settings.DEMO = True
    assert "conseiller@demo.test" in Client().get("/accounts/login/").content.decode()
    settings.DEMO = False
    assert "conseiller@demo.test" not in Client().get("/accounts/login/").content.decode()


def test_sound_is_a_person_s_own_setting(bleuet: Company) -> None:
    client = signed_in(bleuet.advisor)
    assert client.post("/me/preferences/", {"sound": "0"}).status_code == 204
    bleuet.advisor.refresh_from_db()
    assert bleuet.advisor.sound is False
    assert 'data-lc-sound aria-pressed="false"' in client.get("/").content.decode()
