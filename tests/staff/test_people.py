"""People, teams, principals, skills, grants: administrators alone, within what they see, traced."""

from __future__ import annotations

import pytest

from ligne.kit.demo import Context
from ligne.kit.errors import Conflict, Forbidden, Invalid, NotFound
from ligne.kit.viewer import Viewer
from ligne.staff import demo, reads, services
from ligne.staff.errors import LastAdministrator
from ligne.staff.models import Grant, Presence, SkillLevel, User
from tests.staff.conftest import Centre


def test_an_administrator_opens_an_account(centre: Centre) -> None:
    made = services.create_person(
        centre.viewer("admin"),
        email=" Lea@Exemple.TEST ",
        name=" Léa  Colin ",
        role="advisor",
        principal_ids=[centre.bleuet.pk],
    )
    assert (made.email, made.name) == ("lea@exemple.test", "Léa Colin")
    assert not made.has_usable_password()
    assert centre.kinds() == ["person.created"]


@pytest.mark.parametrize("who", ["claire", "nadia"])
def test_nobody_else_does(centre: Centre, who: str) -> None:
    with pytest.raises(Forbidden):
        services.create_person(centre.viewer(who), email="x@exemple.test", name="X", role="advisor")
    with pytest.raises(Forbidden):
        services.update_person(centre.viewer(who), user_id=centre.people["nadia"].pk, role="administrator")
    assert User.objects.count() == 4
    assert centre.kinds() == []


@pytest.mark.parametrize(
    ("field", "facts"),
    [
        ("email", {"email": "nowhere"}),
        ("email", {"email": "nadia@exemple.test"}),
        ("name", {"name": "  "}),
        ("role", {"role": "king"}),
        ("language", {"language": "eo"}),
        ("team_id", {"team_id": 999}),
        ("password", {"password": "short"}),
    ],
)
def test_what_does_not_fit_names_its_field(centre: Centre, field: str, facts: dict[str, object]) -> None:
    good = {"email": "x@exemple.test", "name": "X", "role": "advisor"}
    with pytest.raises(Invalid) as refused:
        services.create_person(centre.viewer("admin"), **(good | facts))  # type: ignore[arg-type]
    assert refused.value.field == field
    assert User.objects.count() == 4


def test_a_stale_form_overwrites_nothing(centre: Centre) -> None:
    admin, nadia = centre.viewer("admin"), centre.people["nadia"]
    services.update_person(admin, user_id=nadia.pk, version=1, name="Nadia Ferrand")
    with pytest.raises(Conflict):
        services.update_person(admin, user_id=nadia.pk, version=1, name="Nadine")
    assert User.objects.get(pk=nadia.pk).name == "Nadia Ferrand"
    services.update_person(admin, user_id=nadia.pk, version=2, name="Nadia Ferrand")
    assert User.objects.get(pk=nadia.pk).version == 2  # nothing changed: no new version, no trace
    assert centre.kinds() == ["person.updated"]


def test_principals_out_of_sight_stay(centre: Centre) -> None:
    both = centre.add("lucie", "advisor", centre.bleuet, centre.garance)
    narrow = Viewer(user_id=None, role="administrator", principals=frozenset({centre.bleuet.pk}))
    services.update_person(narrow, user_id=both.pk, principal_ids=[])
    assert list(both.principals.all()) == [centre.garance]
    with pytest.raises(NotFound):
        services.update_person(narrow, user_id=centre.people["yanis"].pk, name="Z")
    with pytest.raises(NotFound):
        services.update_person(narrow, user_id=centre.people["nadia"].pk, principal_ids=[centre.garance.pk])


def test_the_last_administrator_stays(centre: Centre) -> None:
    admin = centre.people["admin"].pk
    with pytest.raises(LastAdministrator):
        services.deactivate(centre.viewer("admin"), user_id=admin)
    with pytest.raises(LastAdministrator):
        services.update_person(centre.viewer("admin"), user_id=admin, role="advisor")
    assert User.objects.get(pk=admin).is_active
    centre.add("second", "administrator", centre.bleuet, centre.garance)
    services.deactivate(centre.viewer("second"), user_id=admin)
    assert not User.objects.get(pk=admin).is_active


def test_closing_an_account_signs_out(centre: Centre) -> None:
    nadia = centre.people["nadia"].pk
    services.set_presence(centre.viewer("nadia"), user_id=nadia, state="available")
    centre.kinds()
    services.deactivate(centre.viewer("admin"), user_id=nadia)
    assert Presence.objects.get(user=nadia).state == "offline"
    assert centre.kinds() == ["presence.changed", "person.deactivated"]
    services.deactivate(centre.viewer("admin"), user_id=nadia)
    assert centre.kinds() == []
    services.reactivate(centre.viewer("admin"), user_id=nadia)
    assert User.objects.get(pk=nadia).is_active


def test_what_each_sees_of_the_others(centre: Centre) -> None:
    names = {person.email.split("@")[0] for person in reads.people(centre.viewer("claire"))}
    assert names == {"admin", "claire", "nadia"}
    assert [p.slug for p in reads.principals(centre.viewer("yanis"))] == ["garance"]
    with pytest.raises(NotFound):
        reads.principal(centre.viewer("yanis"), centre.bleuet.pk)
    assert {row.name for row in reads.presences(centre.viewer("claire"))} == {"Nadia"}


def test_skills_and_levels(centre: Centre) -> None:
    admin, nadia = centre.viewer("admin"), centre.people["nadia"].pk
    skill = services.create_skill(admin, principal_id=centre.bleuet.pk, name="Résiliation")
    assert skill.slug == "resiliation"
    services.set_skill_levels(admin, user_id=nadia, levels={skill.pk: 4})
    assert reads.levels(admin, nadia) == {skill.pk: 4}
    with pytest.raises(Invalid):
        services.set_skill_levels(admin, user_id=nadia, levels={skill.pk: 6})
    with pytest.raises(Invalid):
        services.create_skill(admin, principal_id=centre.bleuet.pk, name="Resiliation")
    narrow = Viewer(user_id=None, role="administrator", principals=frozenset({centre.garance.pk}))
    with pytest.raises(NotFound):
        services.update_skill(narrow, skill_id=skill.pk, name="Autre")
    services.remove_skill(admin, skill_id=skill.pk)
    assert not SkillLevel.objects.exists()


def test_capacities_have_bounds(centre: Centre) -> None:
    admin, nadia = centre.viewer("admin"), centre.people["nadia"].pk
    services.set_capacities(admin, user_id=nadia, limits={"chat": 3, "voice": 1})
    services.set_capacities(admin, user_id=nadia, limits={"chat": None})
    assert reads.capacities(nadia) == {"voice": 1}
    for limits in ({"voice": 2}, {"chat": 21}, {"chat": -1}):
        with pytest.raises(Invalid):
            services.set_capacities(admin, user_id=nadia, limits=limits)
    assert reads.capacities(nadia) == {"voice": 1}


def test_grants_explain_themselves(centre: Centre) -> None:
    admin, bleuet = centre.viewer("admin"), centre.bleuet.pk
    services.set_grant(admin, principal_id=bleuet, action="refund", role="advisor", limit_cents=3000)
    services.set_grant(admin, principal_id=bleuet, action="refund", role="advisor", limit_cents=2000)
    assert Grant.objects.count() == 1
    nadia = centre.viewer("nadia")
    assert services.may(nadia, principal_id=bleuet, action="refund", cents=2000)
    why = reads.decision(nadia, principal_id=bleuet, action="refund", cents=2001)
    assert (why.allowed, why.facts) == (False, {"limit": "20,00 €"})
    services.set_grant(admin, principal_id=bleuet, action="refund", user_id=nadia.user_id, limit_cents=9000)
    assert services.may(nadia, principal_id=bleuet, action="refund", cents=9000)
    assert not services.may(centre.viewer("claire"), principal_id=bleuet, action="refund", cents=1)
    with pytest.raises(NotFound):
        services.may(centre.viewer("yanis"), principal_id=bleuet, action="refund", cents=1)
    for wrong in (
        {"role": "", "user_id": None},
        {"role": "advisor", "user_id": nadia.user_id},
        {"user_id": centre.people["yanis"].pk},
    ):
        with pytest.raises(Invalid):
            services.set_grant(admin, principal_id=bleuet, action="refund", **wrong)


def test_principals_check_their_policies(centre: Centre) -> None:
    admin = centre.viewer("admin")
    with pytest.raises(Invalid):
        services.update_principal(admin, principal_id=centre.bleuet.pk, policies={"unknown": 1})
    with pytest.raises(Invalid):
        services.update_principal(admin, principal_id=centre.bleuet.pk, zone="Europe/Rennes")
    services.update_principal(admin, principal_id=centre.bleuet.pk, policies={"after_call_s": 120})
    assert reads.policy(centre.bleuet.pk, "after_call_s") == 120
    assert reads.policy(centre.garance.pk, "after_call_s") == 60
    with pytest.raises(Forbidden):
        services.update_principal(centre.viewer("claire"), principal_id=centre.bleuet.pk, name="X")


def test_sign_ins_are_traced(centre: Centre) -> None:
    services.signed_in(centre.people["nadia"].pk)
    services.sign_in_failed("NADIA@exemple.test")
    services.sign_in_failed("nobody@exemple.test")
    found = [(event.kind, event.subject_id) for event in centre.seen]
    assert found == [
        ("person.signed_in", centre.people["nadia"].pk),
        ("person.sign_in_failed", centre.people["nadia"].pk),
        ("person.sign_in_failed", 0),
    ]


@pytest.mark.django_db
def test_the_demo_is_made_by_the_verbs() -> None:
    context = Context(password="correct horse battery")
    demo.make(context)
    assert sorted(context.principals) == ["bleuet", "garance"]
    assert {u.role for u in context.people.values()} == {"advisor", "supervisor", "quality", "administrator"}
    assert context.people["conseiller@demo.test"].check_password("correct horse battery")
    assert reads.viewer_of(context.people["superviseur@demo.test"]).principals == {
        p.pk for p in context.principals.values()
    }
