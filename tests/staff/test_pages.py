"""The pages: who comes in, what a refused or stale form does, sign-in and sign-out."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from ligne.staff import services
from ligne.staff.models import Grant, Presence, Principal, Skill, Team, User
from tests.staff.conftest import Centre

OFFICE = ["people", "person_new", "teams", "team_new", "skills", "skill_new", "principals", "principal_new"]


def _client(centre: Centre, who: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=centre.people[who].pk))
    return client


def _form(user: User, **changes: object) -> dict[str, object]:
    facts = {
        "name": user.name,
        "email": user.email,
        "role": user.role,
        "language": user.language,
        "team_id": "",
        "version": user.version,
        "principal_ids": list(user.principals.values_list("pk", flat=True)),
    }
    return facts | changes


@pytest.mark.parametrize("name", OFFICE)
def test_the_office_is_the_administrators(centre: Centre, name: str) -> None:
    url = reverse(f"staff:{name}")
    assert _client(centre, "admin").get(url).status_code == 200
    for who in ("claire", "nadia"):
        assert _client(centre, who).get(url).status_code == 403
    assert Client().get(url).status_code == 302


def test_people_are_listed_in_few_queries(centre: Centre, django_assert_max_num_queries: object) -> None:
    client = _client(centre, "admin")
    client.get(reverse("staff:people"))
    for index in range(10):
        centre.add(f"p{index}", "advisor", centre.bleuet)
    with django_assert_max_num_queries(10):  # type: ignore[operator]
        page = client.get(reverse("staff:people"), {"q": "p"})
    assert "P9" in page.content.decode()


def test_a_person_is_created_and_changed(centre: Centre) -> None:
    client = _client(centre, "admin")
    done = client.post(
        reverse("staff:person_new"),
        {
            "name": "Léa",
            "email": "lea@exemple.test",
            "role": "advisor",
            "language": "fr",
            "version": 0,
            "principal_ids": [centre.bleuet.pk],
        },
    )
    lea = User.objects.get(email="lea@exemple.test")
    assert done.headers["Location"] == reverse("staff:person", args=[lea.pk])
    page = client.post(reverse("staff:person", args=[lea.pk]), _form(lea, email="nadia@exemple.test"))
    assert page.status_code == 422
    assert "se connecte déjà" in page.content.decode()
    assert User.objects.get(pk=lea.pk).email == "lea@exemple.test"


def test_a_stale_form_shows_the_present_state(centre: Centre) -> None:
    client, nadia = _client(centre, "admin"), centre.people["nadia"]
    stale = _form(nadia, name="Nadine")
    services.update_person(centre.viewer("admin"), user_id=nadia.pk, name="Nadia Ferrand")
    page = client.post(reverse("staff:person", args=[nadia.pk]), stale)
    text = page.content.decode()
    assert page.status_code == 409
    assert 'value="Nadia Ferrand"' in text
    assert "<dd><pre>Nadine</pre></dd>" in text
    assert User.objects.get(pk=nadia.pk).name == "Nadia Ferrand"
    fresh = _form(User.objects.get(pk=nadia.pk), name="Nadine")
    assert client.post(reverse("staff:person", args=[nadia.pk]), fresh).status_code == 302


def test_skills_capacities_and_access(centre: Centre) -> None:
    client, nadia = _client(centre, "admin"), centre.people["nadia"].pk
    client.post(reverse("staff:skill_new"), {"principal_id": centre.bleuet.pk, "name": "Résiliation"})
    skill = Skill.objects.get(slug="resiliation")
    client.post(reverse("staff:person_skills", args=[nadia]), {f"level_{skill.pk}": "4", "version": "1"})
    client.post(reverse("staff:person_capacities", args=[nadia]), {"capacity_chat": "2", "version": "2"})
    stale = client.post(
        reverse("staff:person_capacities", args=[nadia]), {"capacity_chat": "9", "version": "1"}, follow=True
    )
    assert "Rien n’a été écrasé" in stale.content.decode()
    page = client.get(reverse("staff:person", args=[nadia])).content.decode()
    assert '<option value="4" selected>' in page
    assert 'name="capacity_chat" type="number" min="0" max="20" value="2"' in page
    link = client.post(reverse("staff:person_link", args=[nadia])).content.decode()
    assert "/accounts/password/reset/key/" in link
    client.post(reverse("staff:person_activity", args=[nadia]))
    assert not User.objects.get(pk=nadia).is_active
    client.post(reverse("staff:person_activity", args=[nadia]), {"active": "1"})
    assert User.objects.get(pk=nadia).is_active


def test_teams(centre: Centre) -> None:
    client = _client(centre, "admin")
    client.post(reverse("staff:team_new"), {"name": "Rennes", "version": 0})
    team = Team.objects.get()
    assert client.post(reverse("staff:team_new"), {"name": "rennes", "version": 0}).status_code == 422
    client.post(reverse("staff:team", args=[team.pk]), {"name": "Rennes Sud", "version": "1"})
    assert client.post(reverse("staff:team", args=[team.pk]), {"name": "Nord", "version": "1"}).status_code == 409
    assert Team.objects.get().name == "Rennes Sud"
    client.post(reverse("staff:team_remove", args=[team.pk]))
    assert not Team.objects.exists()


def test_principals_and_grants(centre: Centre) -> None:
    client = _client(centre, "admin")
    facts = {
        "slug": "lilas",
        "name": "Lilas",
        "zone": "Europe/Paris",
        "colour": "#123456",
        "active": "on",
        "version": 0,
    }
    client.post(reverse("staff:principal_new"), facts | {"policy_identity_questions": "Votre nom ?\n\nVotre rue ?"})
    lilas = Principal.objects.get(slug="lilas")
    assert lilas.policies["identity_questions"] == ["Votre nom ?", "Votre rue ?"]
    page = client.get(reverse("staff:principal", args=[lilas.pk]))
    assert page.status_code == 200
    wrong = client.post(
        reverse("staff:principal", args=[lilas.pk]),
        {"name": "Lilas", "zone": "Mars", "colour": "#123456", "version": "1"},
    )
    assert wrong.status_code == 422
    grant = {"grant-action": "refund", "grant-holder": "role:advisor", "grant-limit_euros": "30,50"}
    client.post(reverse("staff:grant_new", args=[centre.bleuet.pk]), grant)
    assert Grant.objects.get().limit_cents == 3050
    client.post(reverse("staff:grant_remove", args=[Grant.objects.get().pk]), {"back": "//evil.test"})
    assert not Grant.objects.exists()


def test_the_bar_changes_the_state(centre: Centre) -> None:
    client = _client(centre, "nadia")
    assert "Hors ligne" in client.get(reverse("staff:bar")).content.decode()
    page = client.post(reverse("staff:presence"), {"state": "break", "reason": "lunch"}).content.decode()
    assert "En pause" in page
    assert "Déjeuner" in page
    refused = client.post(reverse("staff:presence"), {"state": "asleep"}, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert Presence.objects.get().state == "break"


def test_a_supervisor_changes_somebodys_state(centre: Centre) -> None:
    nadia = centre.people["nadia"].pk
    services.set_presence(centre.viewer("nadia"), user_id=nadia, state="available")
    url = reverse("staff:presence_of", args=[nadia])
    assert _client(centre, "claire").post(url, {"state": "meeting", "reason": "team"}).status_code == 204
    assert "Changé par Claire" in _client(centre, "nadia").get(reverse("staff:bar")).content.decode()
    assert _client(centre, "yanis").post(url, {"state": "break"}).status_code == 403


def test_own_pages(centre: Centre) -> None:
    client = _client(centre, "nadia")
    client.post(reverse("staff:presence"), {"state": "available"})
    assert client.get(reverse("staff:me")).status_code == 200
    assert client.get(reverse("staff:profile")).status_code == 200
    client.post(reverse("staff:profile"), {"name": "Nadia F.", "language": "en", "theme": "dark", "signature": "Nadia"})
    nadia = User.objects.get(pk=centre.people["nadia"].pk)
    assert (nadia.name, nadia.language, nadia.theme, nadia.sound) == ("Nadia F.", "en", "dark", False)
    assert "My settings" in client.get(reverse("staff:profile")).content.decode()


def test_signing_in_and_out_leaves_a_trace(centre: Centre) -> None:
    client = Client()
    wrong = {"login": "nadia@exemple.test", "password": "not this one"}
    client.post(reverse("account_login"), wrong)
    client.post(reverse("account_login"), wrong | {"password": "correct horse battery"})
    client.post(reverse("staff:presence"), {"state": "available"})
    client.post(reverse("account_logout"))
    assert Presence.objects.get(user=centre.people["nadia"]).state == "offline"
    assert centre.kinds() == [
        "person.sign_in_failed",
        "person.signed_in",
        "presence.changed",
        "presence.changed",
    ]
