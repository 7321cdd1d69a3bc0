"""The office's pages of reasons and reply templates: who comes in, what is refused in words, what is stale."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ligne.contacts import services
from ligne.contacts.models import Reason, Template
from ligne.staff.models import User
from tests.world import Company

LISTS = ("reasons", "templates")
REASON = {"label": "Panne", "parent": "", "active": "on", "version": 0}
TEMPLATE = {"title": "Merci", "shortcut": "merci", "text": "Merci {{ prenom }}", "channels": ["email"], "version": 0}


def signed_in(person: User) -> Client:
    """A browser in which `person` is signed in, in French."""
    client = Client()
    client.force_login(person)
    return client


def url(name: str, *arguments: Any) -> str:
    """The address of a page of the office."""
    return reverse(f"contacts_office:{name}", args=arguments)


@pytest.fixture
def made(bleuet: Company) -> Template:
    """A reply template of the first company."""
    return services.put_template(
        bleuet.system,
        principal_id=bleuet.principal.pk,
        shortcut="accueil",
        title="Accueil",
        text="Bonjour {{ client }}",
    )


def addresses(company: Company, template: Template) -> list[str]:
    """Every page that leads to something of the company."""
    slug = company.principal.slug
    return [
        f"{url('reasons')}?principal={slug}",
        f"{url('templates')}?principal={slug}",
        url("reason_new", slug),
        url("reason", company.reason.pk),
        url("template_new", slug),
        url("template", template.pk),
    ]


@pytest.mark.parametrize(
    ("role", "status"), [("supervisor", 200), ("administrator", 200), ("advisor", 403), ("quality", 403)]
)
def test_the_pages_are_the_administrators_and_supervisors(
    bleuet: Company, made: Template, role: str, status: int
) -> None:
    client = signed_in(getattr(bleuet, role))
    for address in addresses(bleuet, made):
        assert client.get(address).status_code == status
    if status == 200:
        menu = client.get(url("reasons")).content.decode()
        assert url("templates") in menu


@pytest.mark.parametrize("role", ["advisor", "quality"])
def test_others_change_nothing(bleuet: Company, made: Template, role: str) -> None:
    client = signed_in(getattr(bleuet, role))
    assert client.post(url("reason_new", "bleuet"), REASON).status_code == 403
    assert client.post(url("template", made.pk), TEMPLATE | {"version": 1}).status_code == 403
    assert client.post(url("template_remove", made.pk)).status_code == 403
    made.refresh_from_db()
    assert (Reason.objects.count(), made.title) == (1, "Accueil")


def test_another_company_s_do_not_exist(bleuet: Company, garance: Company, made: Template) -> None:
    client = signed_in(garance.administrator)
    for address in addresses(bleuet, made):
        assert client.get(address).status_code == 404
    for name, argument, data in (
        ("reason_new", "bleuet", REASON),
        ("reason", bleuet.reason.pk, REASON | {"version": 1}),
        ("reason_move", bleuet.reason.pk, {"to": "up"}),
        ("template_new", "bleuet", TEMPLATE),
        ("template", made.pk, TEMPLATE | {"version": 1}),
        ("template_remove", made.pk, {}),
    ):
        assert client.post(url(name, argument), data).status_code == 404
    assert client.post(url("template_preview"), {"text": "x", "principal": "bleuet"}).status_code == 404
    assert Reason.objects.filter(principal=bleuet.principal).get().label == "Facture"
    assert Template.objects.get().title == "Accueil"
    for name in LISTS:
        shown = client.get(url(name)).content.decode()
        assert "Facture" not in shown.replace(garance.reason.label, "")
        assert "Accueil" not in shown


@pytest.mark.parametrize("name", LISTS)
def test_a_list_takes_as_many_queries_however_long_it_is(  # type: ignore[no-untyped-def]
    bleuet: Company, made: Template, name: str, django_assert_max_num_queries
) -> None:
    for number in range(8):
        services.put_reason(
            bleuet.system, principal_id=bleuet.principal.pk, slug=f"r{number}", label="R", parent="facture"
        )
    client = signed_in(bleuet.supervisor)
    client.get(url(name))
    with django_assert_max_num_queries(10):
        client.get(url(name))


# -- reasons ---------------------------------------------------------------------------------------------------------


def test_a_reason_is_added_under_a_heading_then_moved_renamed_and_put_out_of_service(bleuet: Company) -> None:
    client = signed_in(bleuet.supervisor)
    form = client.get(url("reason_new", "bleuet"), {"under": "facture"}).content.decode()
    assert '<option value="facture" selected>Facture</option>' in form
    for label in ("Duplicata", "Réseau & box"):
        answer = client.post(url("reason_new", "bleuet"), REASON | {"label": label, "parent": "facture", "slug": ""})
        assert answer.status_code == 302
    second = Reason.objects.get(slug="reseau-box")
    assert client.post(url("reason_move", second.pk), {"to": "up"}).status_code == 302
    page = client.get(url("reasons")).content.decode()
    assert page.index("Réseau &amp; box") < page.index("Duplicata")
    client.post(url("reason", second.pk), {"label": "Réseau", "parent": "", "version": 1})
    second.refresh_from_db()
    assert (second.label, second.parent, second.active, second.slug) == ("Réseau", None, False, "reseau-box")
    assert "Hors service" in client.get(url("reasons")).content.decode()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"label": " "}, "Ce champ est obligatoire"),
        ({"slug": "Deux mots"}, "Un nom court n’a que des minuscules"),
        ({"slug": "facture"}, "Un autre motif porte déjà ce nom court. Rien n’a été enregistré."),
        ({"label": "…", "slug": ""}, "Un nom court n’a que des minuscules"),
        ({"version": ""}, "Cette page est incomplète"),
    ],
)
def test_a_wrong_reason_is_refused_in_words_and_kept_on_the_page(
    bleuet: Company, typed: dict[str, object], sentence: str
) -> None:
    answer = signed_in(bleuet.administrator).post(url("reason_new", "bleuet"), REASON | {"slug": "panne"} | typed)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert Reason.objects.count() == 1


def test_a_heading_that_has_reasons_stays_one(bleuet: Company) -> None:
    for slug, parent in (("ligne", ""), ("duplicata", "facture")):
        services.put_reason(
            bleuet.system, principal_id=bleuet.principal.pk, slug=slug, label=slug.title(), parent=parent
        )
    answer = signed_in(bleuet.administrator).post(
        url("reason", bleuet.reason.pk), {"label": "Facture", "parent": "ligne", "active": "on", "version": 1}
    )
    assert answer.status_code == 422
    assert "il reste un titre" in answer.content.decode()
    assert Reason.objects.get(slug="facture").parent is None


def test_a_stale_reason_shows_what_it_is_now_and_what_was_typed(bleuet: Company) -> None:
    client = signed_in(bleuet.supervisor)
    address = url("reason", bleuet.reason.pk)
    typed = {"label": "Facturation", "parent": "", "active": "on", "version": bleuet.reason.version}
    services.put_reason(
        bleuet.system, principal_id=bleuet.principal.pk, slug="facture", label="Factures et avoirs", active=False
    )
    answer = client.post(address, typed)
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert 'value="Factures et avoirs"' in shown
    assert "<dd><pre>Facturation</pre></dd>" in shown
    assert "<dd><pre>oui</pre></dd>" in shown
    assert Reason.objects.get().label == "Factures et avoirs"
    assert client.post(address, typed | {"version": 2}).status_code == 302
    assert Reason.objects.get().label == "Facturation"


# -- templates -------------------------------------------------------------------------------------------------------


def test_a_template_is_written_changed_and_deleted(bleuet: Company) -> None:
    client = signed_in(bleuet.supervisor)
    assert "{{ prenom }}" in client.get(url("template_new", "bleuet")).content.decode()
    assert client.post(url("template_new", "bleuet"), TEMPLATE).status_code == 302
    made = Template.objects.get()
    assert (made.title, made.shortcut, made.channels) == ("Merci", "merci", ["email"])
    assert "::merci" in client.get(url("templates")).content.decode()
    changed = TEMPLATE | {"shortcut": "grand-merci", "channels": [], "version": 1}
    assert client.post(url("template", made.pk), changed).status_code == 302
    made.refresh_from_db()
    assert (made.shortcut, made.channels) == ("grand-merci", [])
    assert client.post(url("template_remove", made.pk), follow=True).status_code == 200
    assert not Template.objects.exists()


def test_the_preview_is_filled_and_nothing_in_it_is_markup(bleuet: Company, made: Template) -> None:
    client = signed_in(bleuet.administrator)
    page = client.get(url("template", made.pk)).content.decode()
    assert "Bonjour <strong>Mme Anne Lefèvre</strong>" in page
    shown = client.post(
        url("template_preview"), {"text": "<b>{{ societe }}</b> {{ autre }}", "principal": "bleuet"}
    ).content.decode()
    assert "&lt;b&gt;<strong>Bleuet</strong>&lt;/b&gt; <strong>[autre]</strong>" in shown


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"title": ""}, "Ce champ est obligatoire"),
        ({"shortcut": "deux mots"}, "Un raccourci n’a que des minuscules"),
        ({"shortcut": "accueil"}, "s’appelle déjà «\xa0::accueil\xa0»"),
        ({"text": "Bonjour {{ prenon }}"}, "«\xa0{{ prenon }}\xa0» ne serait jamais rempli"),
        ({"text": "100 % de {{ remise }}"}, "«\xa0{{ remise }}\xa0» ne serait jamais rempli"),
        ({"channels": ["pigeon"]}, "pigeon"),
    ],
)
def test_a_wrong_template_is_refused_in_words_and_kept_on_the_page(
    bleuet: Company, made: Template, typed: dict[str, object], sentence: str
) -> None:
    answer = signed_in(bleuet.administrator).post(url("template_new", "bleuet"), TEMPLATE | typed)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in shown
    assert str(typed.get("text", "Merci {{ prenom }}")) in shown
    assert Template.objects.count() == 1


def test_a_stale_template_shows_what_it_is_now_and_what_was_typed(bleuet: Company, made: Template) -> None:
    services.put_template(
        bleuet.system, principal_id=bleuet.principal.pk, shortcut="accueil", title="Accueil", text="Texte du collègue"
    )
    answer = signed_in(bleuet.supervisor).post(
        url("template", made.pk), TEMPLATE | {"text": "Mon texte", "version": made.version}
    )
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "Texte du collègue</textarea>" in shown
    assert "<dd><pre>Mon texte</pre></dd>" in shown
    made.refresh_from_db()
    assert made.text == "Texte du collègue"
