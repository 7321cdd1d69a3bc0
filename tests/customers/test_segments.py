"""The office's pages of segments, and what a retired segment still means."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from ligne.customers import reads, services
from ligne.customers.models import Customer, Segment
from ligne.customers.panels.forms import FileForm
from ligne.journal.models import Entry
from ligne.kit.errors import Conflict, Invalid
from ligne.staff.models import User
from tests.customers.test_files import anne
from tests.world import Company


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def loyal(bleuet: Company) -> Segment:
    return services.set_segment(
        bleuet.system, principal_id=bleuet.principal.pk, slug="fidele", label="Fidèle", tone="ok"
    )


def test_a_segment_is_added_renamed_and_retired(bleuet: Company) -> None:
    client = signed_in(bleuet.administrator)
    new = reverse("customers:segment_new", args=["bleuet"])
    typed = {"label": "Très fidèle", "slug": "", "tone": "ok", "active": "on", "version": 0}
    done = client.post(new, typed)
    assert done.headers["Location"] == f"{reverse('customers:segments')}?principal=bleuet"
    made = Segment.objects.get()
    assert (made.slug, made.label, made.tone, made.active) == ("tres-fidele", "Très fidèle", "ok", True)
    page = reverse("customers:segment", args=[made.pk])
    renamed = {"label": "Fidèle depuis dix ans", "tone": "info", "active": "on", "version": 1}
    assert client.post(page, renamed).status_code == 302
    assert client.post(page, renamed | {"active": "", "version": 2}).status_code == 302
    made.refresh_from_db()
    assert (made.label, made.tone, made.active, made.version) == ("Fidèle depuis dix ans", "info", False, 3)
    told = Entry.objects.filter(kind="customer.segment_set").order_by("pk").values_list("data__label", "data__active")
    assert list(told) == [("Très fidèle", True), ("Fidèle depuis dix ans", True), ("Fidèle depuis dix ans", False)]
    assert "Fidèle depuis dix ans" in client.get(reverse("customers:segments")).content.decode()


def test_a_retired_segment_stays_on_its_files_and_is_proposed_no_more(bleuet: Company, loyal: Segment) -> None:
    customer = anne(bleuet, segment="fidele")
    services.set_segment(bleuet.system, principal_id=bleuet.principal.pk, slug="fidele", label="Fidèle", active=False)
    assert Customer.objects.get(pk=customer.pk).segment == "fidele"
    assert reads.card(bleuet.viewer(), customer.pk).segment == "Fidèle"
    proposed = [key for key, _ in FileForm(bleuet.principal.pk).fields["segment"].choices]  # type: ignore[attr-defined]
    assert "fidele" not in proposed
    mine = FileForm(bleuet.principal.pk, initial={"segment": "fidele"})
    assert "fidele" in [key for key, _ in mine.fields["segment"].choices]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"slug": "fidele"}, "Un autre segment a ce code"),
        ({"slug": "Pas Bon"}, "minuscules"),
        ({"label": " "}, "obligatoire"),
        ({"tone": "rainbow"}, "Sélectionnez un choix valide"),
    ],
)
def test_a_wrong_segment_is_refused_and_kept_on_the_page(
    bleuet: Company, loyal: Segment, changes: dict[str, str], sentence: str
) -> None:
    typed = {"label": "Ce que j’ai écrit", "slug": "nouveau", "tone": "ok", "active": "on", "version": 0} | changes
    answer = signed_in(bleuet.administrator).post(reverse("customers:segment_new", args=["bleuet"]), typed)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert typed["label"].strip() in answer.content.decode()
    assert Segment.objects.count() == 1


def test_a_stale_segment_overwrites_nothing(bleuet: Company, loyal: Segment) -> None:
    services.set_segment(bleuet.system, principal_id=bleuet.principal.pk, slug="fidele", label="Fidèles")
    page = reverse("customers:segment", args=[loyal.pk])
    typed = {"label": "Les fidèles", "tone": "ok", "active": "on", "version": loyal.version}
    answer = signed_in(bleuet.administrator).post(page, typed)
    assert answer.status_code == 409
    assert "<dd><pre>Les fidèles</pre></dd>" in answer.content.decode()
    assert Segment.objects.get().label == "Fidèles"
    with pytest.raises(Conflict):
        services.set_segment(bleuet.system, principal_id=bleuet.principal.pk, slug="fidele", label="X", version=1)
    with pytest.raises(Invalid):
        services.set_segment(bleuet.system, principal_id=bleuet.principal.pk, slug="fidele", label="X", version=0)
    assert Segment.objects.get().label == "Fidèles"


def test_another_companys_segments_do_not_exist(bleuet: Company, garance: Company, loyal: Segment) -> None:
    client = signed_in(garance.administrator)
    page = reverse("customers:segment", args=[loyal.pk])
    assert client.get(page).status_code == 404
    assert client.post(page, {"label": "X", "tone": "ok", "version": 1}).status_code == 404
    assert client.get(reverse("customers:segments"), {"principal": "bleuet"}).status_code == 404
    assert "Fidèle" not in client.get(reverse("customers:segments")).content.decode()
    assert signed_in(bleuet.advisor).get(reverse("customers:segments")).status_code == 403
    assert Segment.objects.get().label == "Fidèle"
