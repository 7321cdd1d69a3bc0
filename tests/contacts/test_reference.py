"""Reasons for contact and reply templates: what is accepted, what is refused, what stays as it was."""

from __future__ import annotations

import pytest

from ligne.contacts import reads, services
from ligne.contacts.models import Reason, Template
from ligne.contacts.rules import filling
from ligne.kit.errors import Conflict, Forbidden, Invalid, NotFound
from tests.world import Company


def reason(company: Company, slug: str, **facts: object) -> Reason:
    """One more reason of the company."""
    facts = {"label": slug.title()} | facts
    return services.put_reason(company.system, principal_id=company.principal.pk, slug=slug, **facts)  # type: ignore[arg-type]


def template(company: Company, shortcut: str = "merci", **facts: object) -> Template:
    """One more reply template of the company."""
    facts = {"title": "Merci", "text": "Merci {{ prenom }}"} | facts
    return services.put_template(company.system, principal_id=company.principal.pk, shortcut=shortcut, **facts)  # type: ignore[arg-type]


def listed(company: Company) -> list[str]:
    """The labels of what an advisor may choose, in order."""
    return [one.label for one in reads.reasons(company.viewer(), company.principal.pk)]


# -- reasons ---------------------------------------------------------------------------------------------------------


def test_reasons_stand_in_the_order_in_which_they_were_added_and_moved(bleuet: Company) -> None:
    reason(bleuet, "ligne")
    reason(bleuet, "duplicata", parent="facture")
    erreur = reason(bleuet, "erreur", parent="facture")
    assert listed(bleuet) == ["Facture", "Duplicata", "Erreur", "Ligne"]
    services.move_reason(bleuet.viewer("supervisor"), reason_id=erreur.pk, up=True)
    services.move_reason(bleuet.viewer("supervisor"), reason_id=erreur.pk, up=True)
    services.move_reason(bleuet.viewer("administrator"), reason_id=bleuet.reason.pk, up=False)
    assert listed(bleuet) == ["Ligne", "Facture", "Erreur", "Duplicata"]


def test_a_heading_out_of_service_takes_its_reasons_along(bleuet: Company) -> None:
    under = reason(bleuet, "duplicata", parent="facture")
    reason(bleuet, "facture", active=False)
    assert listed(bleuet) == []
    contact = bleuet.in_hand()
    with pytest.raises(Invalid):
        services.wrap_up(
            bleuet.viewer(), contact_id=contact.pk, reason_id=under.pk, outcome="resolved", next_step="none"
        )
    contact.refresh_from_db()
    assert contact.state == "active"


def test_two_levels_and_no_more(bleuet: Company) -> None:
    reason(bleuet, "duplicata", parent="facture")
    reason(bleuet, "ligne")
    for slug, parent in (("papier", "duplicata"), ("facture", "facture"), ("facture", "ligne"), ("x", "nulle-part")):
        with pytest.raises(Invalid) as refused:
            reason(bleuet, slug, parent=parent)
        assert refused.value.field == "parent"
    assert Reason.objects.count() == 3
    assert Reason.objects.get(slug="facture").parent is None


def test_a_reason_changed_meanwhile_is_not_overwritten(bleuet: Company) -> None:
    seen = bleuet.reason.version
    reason(bleuet, "facture", label="Factures", version=seen)
    with pytest.raises(Conflict):
        reason(bleuet, "facture", label="Facturation", version=seen)
    assert listed(bleuet) == ["Factures"]


@pytest.mark.parametrize("slug", ["", "Été", "a b", "x" * 51, "facture"])
def test_a_new_reason_needs_a_short_name_of_its_own(bleuet: Company, slug: str) -> None:
    with pytest.raises(Invalid) as refused:
        reason(bleuet, slug, label="Autre", version=0)
    assert refused.value.field == "slug"
    assert listed(bleuet) == ["Facture"]


# -- templates -------------------------------------------------------------------------------------------------------


def test_a_template_may_change_its_shortcut_but_not_take_another_s(bleuet: Company) -> None:
    made = template(bleuet)
    template(bleuet, "accueil")
    renamed = template(bleuet, "::Merci-2", template_id=made.pk, version=1)
    assert (renamed.pk, renamed.shortcut) == (made.pk, "merci-2")
    for facts in ({"template_id": made.pk}, {"version": 0}):
        with pytest.raises(Invalid) as refused:
            template(bleuet, "accueil", text="pris", **facts)
        assert refused.value.field == "shortcut"
    assert not Template.objects.filter(text="pris").exists()


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"title": " "}, "title"),
        ({"text": " "}, "text"),
        ({"text": "Bonjour {{ prenon }}"}, "text"),
        ({"text": "Bonjour {{ prénom nom }}"}, "text"),
        ({"text": "Bonjour {{ prenom }"}, "text"),
        ({"text": "Bonjour { prenom }}"}, "text"),
        ({"for_channels": ["pigeon"]}, "channels"),
        ({"shortcut": "à bientôt"}, "shortcut"),
    ],
)
def test_a_template_that_would_go_wrong_is_not_kept(bleuet: Company, facts: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        template(bleuet, **facts)  # type: ignore[arg-type]
    assert refused.value.field == field
    assert Template.objects.count() == 0


def test_a_template_changed_meanwhile_is_not_overwritten(bleuet: Company) -> None:
    made = template(bleuet)
    template(bleuet, text="Premier", template_id=made.pk, version=made.version)
    with pytest.raises(Conflict):
        template(bleuet, text="Second", template_id=made.pk, version=made.version)
    made.refresh_from_db()
    assert made.text == "Premier"


def test_a_template_is_removed_by_who_may(bleuet: Company, garance: Company) -> None:
    made = template(bleuet)
    with pytest.raises(Forbidden):
        services.remove_template(bleuet.viewer(), template_id=made.pk)
    with pytest.raises(NotFound):
        services.remove_template(garance.viewer("administrator"), template_id=made.pk)
    assert Template.objects.filter(pk=made.pk).exists()
    services.remove_template(bleuet.viewer("supervisor"), template_id=made.pk)
    assert not Template.objects.exists()


def test_only_the_office_decides_and_only_for_its_own_company(bleuet: Company, garance: Company) -> None:
    facts = {"principal_id": bleuet.principal.pk, "slug": "autre", "label": "Autre"}
    for role in ("advisor", "quality"):
        with pytest.raises(Forbidden):
            services.put_reason(bleuet.viewer(role), **facts)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        services.put_reason(garance.viewer("administrator"), **facts)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        services.move_reason(garance.viewer("administrator"), reason_id=bleuet.reason.pk, up=True)
    assert listed(bleuet) == ["Facture"]


# -- filling ---------------------------------------------------------------------------------------------------------


def test_every_slot_is_filled_by_a_fact_of_the_exchange(bleuet: Company) -> None:
    assert set(reads.facts_for_reply(bleuet.in_hand())) == set(filling.EXAMPLE)


def test_a_preview_tells_what_is_filled_from_what_is_missing() -> None:
    found = list(filling.parts("Bonjour {{ prenom }} {{ Nom }}.", {"prenom": "Anne"}))
    assert found == [("Bonjour ", "text"), ("Anne", "fact"), (" ", "text"), ("[Nom]", "gap"), (".", "text")]
    assert filling.fill("{{prenom}}", {"prenom": "Anne"}) == "Anne"


def test_braces_that_would_never_be_filled_are_found() -> None:
    assert filling.misspelt("Bonjour {{ prenom }} et {{NOM}}, {un mot}.") == []
    assert filling.misspelt("{{ prenon }} {{ client }} {{") == ["{{ prenon }}", "{{"]
