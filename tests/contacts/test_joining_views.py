"""Merging, splitting, linking and naming colleagues on screen."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from ligne.contacts import services
from ligne.contacts.models import Contact, Link, Mention, Message
from ligne.staff.models import User
from tests.contacts.test_views import signed_in, url
from tests.world import Company


@pytest.fixture
def pair(bleuet: Company) -> tuple[Contact, Contact]:
    customer = bleuet.customer()
    here = bleuet.in_hand(customer_id=customer.pk)
    return here, bleuet.arrival(customer_id=customer.pk, subject="Relance", text="Alors ?")


def test_the_dialog_shows_the_customer_s_other_exchanges(bleuet: Company, pair: tuple[Contact, Contact]) -> None:
    here, there = pair
    bleuet.arrival(subject="D’une autre personne", customer_id=bleuet.customer(first_name="Paul").pk)
    shown = signed_in(bleuet.advisor).get(url("join", here)).content.decode()
    assert "Relance" in shown
    assert "autre personne" not in shown
    assert f'"other": "{there.pk}"' in shown


def test_merging_and_undoing_it_from_the_page(bleuet: Company, pair: tuple[Contact, Contact]) -> None:
    here, there = pair
    browser = signed_in(bleuet.advisor)
    answer = browser.post(url("join", here), {"act": "merge", "other": there.pk})
    assert answer.status_code == 204
    assert "lc:refresh" in json.loads(answer["HX-Trigger"])
    shown = browser.get(url("exchange", here)).content.decode()
    assert "Alors ?" in shown
    assert url("unmerge", here, there.pk) in shown
    assert url("exchange", here) in browser.get(url("exchange", there)).content.decode(), "it says where it goes on"
    shown = browser.post(url("unmerge", here, there.pk)).content.decode()
    assert "Alors ?" not in shown


def test_a_refusal_is_shown_in_the_dialog(bleuet: Company, pair: tuple[Contact, Contact]) -> None:
    here, _ = pair
    browser = signed_in(bleuet.advisor)
    for number in ("", "abc", str(here.pk), "999999999999999999999"):
        answer = browser.post(url("join", here), {"act": "link", "number": number})
        assert answer.status_code == 422
        assert 'role="alert"' in answer.content.decode()
    assert not Link.objects.exists()


def test_linking_by_number_and_taking_it_back(bleuet: Company, pair: tuple[Contact, Contact]) -> None:
    here, there = pair
    browser = signed_in(bleuet.advisor)
    assert browser.post(url("join", here), {"act": "link", "number": f"#{there.pk}"}).status_code == 204
    assert "Relance" in browser.get(url("exchange", here)).content.decode()
    shown = browser.post(url("unlink", here, there.pk)).content.decode()
    assert "Relance" not in shown
    assert not Link.objects.exists()


def test_splitting_from_the_page(bleuet: Company, pair: tuple[Contact, Contact]) -> None:
    here, _ = pair
    browser = signed_in(bleuet.advisor)
    only = Message.objects.get(contact=here)
    assert url("split", here, only.pk) not in browser.get(url("exchange", here)).content.decode()
    later = services.receive(bleuet.system, contact_id=here.pk, text="Ma box", external_id="z@x")
    assert url("split", here, later.pk) in browser.get(url("exchange", here)).content.decode()
    assert "Ma box" in browser.get(url("split", here, later.pk)).content.decode()
    assert browser.post(url("split", here, later.pk), {"subject": "Box"}).status_code == 204
    assert Contact.objects.get(subject="Box").messages.filter(kind="in").get().text == "Ma box"
    refused = browser.post(url("split", here, only.pk), {"subject": "Encore"})
    assert refused.status_code == 422
    assert "Encore" in refused.content.decode(), "what was typed is kept"


def test_who_only_reads_sees_no_way_to_split_or_merge(bleuet: Company, pair: tuple[Contact, Contact]) -> None:
    here, there = pair
    for person in (bleuet.quality, bleuet.administrator):
        assert signed_in(person).post(url("join", here), {"act": "link", "other": there.pk}).status_code == 403
    assert not Link.objects.exists()


def test_a_colleague_is_offered_told_and_reads(bleuet: Company, pair: tuple[Contact, Contact]) -> None:
    here, _ = pair
    User.objects.filter(pk=bleuet.colleague.pk).update(name="Élodie Roche")
    browser, colleague = signed_in(bleuet.advisor), signed_in(bleuet.colleague)
    assert 'data-lc-insert="@Élodie Roche "' in browser.get(url("colleagues", here), {"q": "elo"}).content.decode()
    answer = browser.post(url("note", here), {"text": "@Élodie Roche ? et @Inconnu"})
    said = json.loads(answer["HX-Trigger"])["lc:say"]
    assert "Élodie Roche" in said
    assert "@inconnu" in said
    bar = colleague.get(reverse("contacts:mentions")).content.decode()
    assert url("exchange", here) in bar
    shown = colleague.get(url("exchange", here)).content.decode()
    assert "Élodie Roche ?" in shown
    assert 'id="note-text"' in shown, "they may answer with a note"
    assert 'id="reply-text"' not in shown
    assert url("exchange", here) not in colleague.get(reverse("contacts:mentions")).content.decode()
    assert Mention.objects.get().seen_at is not None


def test_the_page_of_an_exchange_has_its_customer_follow_it(bleuet: Company, pair: tuple[Contact, Contact]) -> None:
    here, _ = pair
    browser = signed_in(bleuet.advisor)
    page = browser.get(url("exchange", here), headers={"HX-Request": ""}).content.decode()
    assert 'id="customer"' in page
    assert f'data-customer="{here.customer_id}"' in page
