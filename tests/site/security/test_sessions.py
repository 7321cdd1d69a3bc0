"""Signing in and staying signed in: what ends a session, what never begins one, what guessing gets."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from ligne.staff import services as staff
from ligne.staff.models import User
from tests.world import PASSWORD, Company

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def _no_count() -> None:
    cache.clear()


def sign_in(client: Client, user: User, password: str = PASSWORD, **facts: Any) -> Any:
    return client.post(LOGIN, {"login": user.email, "password": password, **facts})


def is_in(client: Client) -> bool:
    return client.get("/staff/me/").status_code == 200


def test_signing_in_changes_the_session_and_its_key(bleuet: Company) -> None:
    client = Client()
    client.get(LOGIN)
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    client.cookies["sessionid"] = planted = session.session_key
    token_before = client.cookies["csrftoken"].value
    sign_in(client, bleuet.advisor)
    assert is_in(client)
    assert client.cookies["sessionid"].value != planted
    assert client.cookies["csrftoken"].value != token_before
    other = Client()
    other.cookies["sessionid"] = planted
    assert not is_in(other)


@pytest.mark.parametrize("change", ["role", "email", "password", "deactivate"])
def test_what_a_session_was_opened_for_changes_and_it_ends(bleuet: Company, change: str) -> None:
    client = Client()
    sign_in(client, bleuet.advisor)
    assert is_in(client)
    admin, user_id = bleuet.viewer("administrator"), bleuet.advisor.pk
    if change == "role":
        staff.update_person(admin, user_id=user_id, role="supervisor")
    elif change == "email":
        staff.update_person(admin, user_id=user_id, email="autre@bleuet.test")
    elif change == "password":
        staff.set_password(admin, user_id=user_id, password="un-autre-mot-de-passe-77")
    else:
        staff.deactivate(admin, user_id=user_id)
    assert not is_in(client)


def test_a_change_that_touches_no_right_leaves_the_session(bleuet: Company) -> None:
    client = Client()
    sign_in(client, bleuet.advisor)
    staff.update_person(bleuet.viewer("administrator"), user_id=bleuet.advisor.pk, name="Un autre nom")
    assert is_in(client)


def test_somebody_elses_password_page_does_not_end_only_theirs(bleuet: Company) -> None:
    """Changing one's own password keeps this session and ends the others."""
    here, elsewhere = Client(), Client()
    sign_in(here, bleuet.advisor)
    sign_in(elsewhere, bleuet.advisor)
    new = "encore-une-phrase-longue-31"
    answer = here.post(
        "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new}, follow=True
    )
    assert answer.status_code == 200
    assert is_in(here)
    assert not is_in(elsewhere)


def test_an_unknown_address_and_a_wrong_password_are_told_alike(bleuet: Company) -> None:
    known = sign_in(Client(), bleuet.advisor, "rien-de-tout-cela")
    unknown = Client().post(LOGIN, {"login": "personne@bleuet.test", "password": "rien-de-tout-cela"})
    assert known.status_code == unknown.status_code == 200
    assert _said(known) == _said(unknown) != []
    staff.deactivate(bleuet.viewer("administrator"), user_id=bleuet.advisor.pk)
    assert _said(sign_in(Client(), bleuet.advisor, "rien-de-tout-cela")) == _said(unknown)


def _said(answer: Any) -> list[str]:
    return [str(error) for error in answer.context["form"].non_field_errors()]


def test_guessing_a_password_is_stopped_in_every_process_and_nothing_typed_is_lost(bleuet: Company) -> None:
    for _ in range(5):
        assert sign_in(Client(), bleuet.advisor, "rien-de-tout-cela").status_code == 200
    refused = sign_in(Client(), bleuet.advisor)  # now the right one: too late
    assert (refused.status_code, refused["Retry-After"]) == (429, "300")
    assert bleuet.advisor.email in refused.content.decode()
    assert PASSWORD not in refused.content.decode()
    assert _said(refused)
    assert sign_in(Client(), bleuet.supervisor).status_code == 302, "others come in"


def test_codes_of_a_second_factor_are_not_guessed_and_the_seed_lies_sealed(bleuet: Company) -> None:
    seed = generate_totp_secret()
    TOTP.activate(bleuet.advisor, seed)
    assert seed not in str(Authenticator.objects.get(user=bleuet.advisor).data)
    client = Client()
    assert sign_in(client, bleuet.advisor).status_code == 302
    assert not is_in(client), "the password alone is half of it"
    statuses = [client.post(reverse("mfa_authenticate"), {"code": f"{n:06}"}).status_code for n in range(7)]
    assert statuses[-1] == 429
    assert not is_in(client)


@pytest.mark.parametrize(
    "path", ["accounts/email/", "accounts/confirm-email/", "accounts/password/reset/", "accounts/signup/"]
)
def test_nobody_adds_an_address_or_an_account_by_themselves(bleuet: Company, path: str) -> None:
    client = Client()
    client.force_login(bleuet.advisor)
    facts = {"email": "autre@exemple.test", "action_add": "", "password1": "x" * 20, "password2": "x" * 20}
    before = User.objects.count()
    client.post(f"/{path}", facts)
    Client().post(f"/{path}", facts)
    assert not EmailAddress.objects.filter(email="autre@exemple.test").exists()
    assert User.objects.count() == before


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.test/",
        "//evil.test/",
        "\\\\evil.test",
        "/\\evil.test",
        "javascript:alert(1)",
        "https:evil.test",
        "///evil.test",
    ],
)
def test_signing_in_leads_nowhere_else(bleuet: Company, target: str) -> None:
    answer = sign_in(Client(), bleuet.advisor, next=target)
    assert answer.status_code == 302
    assert answer["Location"] == "/"


def test_signing_in_leads_where_one_was_going(bleuet: Company) -> None:
    assert sign_in(Client(), bleuet.advisor, next="/staff/me/")["Location"] == "/staff/me/"
