"""What is served: to whom, masked or not, in how many queries, with which refusals."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ligne.contacts import services as contacts
from ligne.customers import services
from ligne.customers.models import Consent, ContactPoint, Customer, Job, Link, MergeRecord, Opposition
from ligne.customers.services import imports
from tests.customers.test_files import anne
from tests.customers.test_imports import GOOD
from tests.world import Company

TABS = ("history", "points", "consents", "ties", "duplicates")


def signed_in(company: Company, role: str = "advisor") -> Client:
    client = Client()
    client.force_login(getattr(company, role))
    return client


def url(name: str, *ids: int) -> str:
    return reverse(f"customers:{name}", args=ids)


def test_every_page_of_a_file_answers(bleuet: Company) -> None:
    made = anne(bleuet, address={"line1": "12 rue de Bretagne", "city": "Rennes"})
    client = signed_in(bleuet)
    for name in ("customer", "panel", "head", "edit", *TABS):
        page = client.get(url(name, made.pk))
        assert page.status_code == 200, name
    for name in ("list", "search", "new"):
        assert client.get(url(name)).status_code == 200, name
    assert client.get(reverse("contracts:of_customer", args=[made.pk])).status_code == 200


def test_a_long_past_costs_no_more_questions(bleuet: Company) -> None:
    fresh, laden = anne(bleuet), anne(bleuet, phones=[], emails=[])
    client = signed_in(bleuet)
    counts = []
    for made, exchanges in ((fresh, 1), (laden, 40)):
        for _ in range(exchanges):
            bleuet.arrival(customer_id=made.pk)
        for name in ("customer", "history"):
            client.get(url(name, made.pk))
            with CaptureQueriesContext(connection) as asked:
                assert client.get(url(name, made.pk)).status_code == 200
            counts.append(len(asked))
    assert counts[:2] == counts[2:]


def test_visitors_and_other_companies_see_nothing(bleuet: Company, garance: Company) -> None:
    theirs = anne(garance)
    client = signed_in(bleuet)
    for name in ("customer", "panel", "head", "edit", *TABS, "find_other"):
        assert client.get(url(name, theirs.pk)).status_code == 404, name
        assert Client().get(url(name, theirs.pk)).status_code == 302, name
    assert client.get(reverse("contracts:of_customer", args=[theirs.pk])).status_code == 404
    assert "Lefèvre" not in client.get(url("search"), {"q": "lefevre"}).content.decode()
    assert "Lefèvre" not in client.get(url("list")).content.decode()


def test_who_may_what(bleuet: Company) -> None:
    made = anne(bleuet)
    quality = signed_in(bleuet, "quality")
    assert quality.get(url("customer", made.pk)).status_code == 200
    assert quality.post(url("oppose", made.pk), {"channel": ""}).status_code == 403
    assert quality.get(url("new")).status_code == 403
    advisor = signed_in(bleuet)
    assert advisor.get(url("import")).status_code == 403
    assert advisor.post(url("export"), {"principal_id": bleuet.principal.pk}).status_code == 403
    assert advisor.post(url("erase", made.pk), {"confirm": made.pk}).status_code == 403
    assert not Opposition.objects.exists()


def test_a_merged_file_leads_to_the_other(bleuet: Company) -> None:
    kept, gone = anne(bleuet), anne(bleuet, phones=[], emails=[])
    services.merge(bleuet.viewer(), survivor_id=kept.pk, absorbed_id=gone.pk)
    page = signed_in(bleuet).get(url("customer", gone.pk))
    assert (page.status_code, page["Location"]) == (302, url("customer", kept.pk))


def test_masked_until_proven_and_unmasked_for_a_reason(bleuet: Company) -> None:
    made = anne(bleuet, birth_date="1984-05-17", notes="secret", address={"line1": "12 rue de Bretagne"})
    contact = bleuet.in_hand(customer_id=made.pk)
    client = signed_in(bleuet)
    beside = f"?contact={contact.pk}"
    page = client.get(url("panel", made.pk) + beside).content.decode()
    assert "Identité à prouver" in page
    assert "masked=1" in page
    for word in ("17/05/1984", "secret", "39 98"):
        assert word not in page
    tab = client.get(url("points", made.pk) + beside).content.decode()
    assert "rue de Bretagne" not in tab
    assert client.get(url("edit", made.pk) + beside).status_code == 422
    refused = client.post(url("unmask", made.pk), {"reason": "", "contact": contact.pk})
    assert (refused.status_code, "secret" in refused.content.decode()) == (422, False)
    shown = client.post(url("unmask", made.pk), {"reason": "Urgence médicale", "contact": contact.pk})
    assert "secret" in shown.content.decode()
    assert "secret" in client.get(url("panel", made.pk) + beside).content.decode()
    other = signed_in(bleuet, "colleague")
    assert "secret" not in other.get(url("panel", made.pk) + beside).content.decode()
    contacts.prove_identity(bleuet.viewer(), contact_id=contact.pk, outcome="proven")
    proven = other.get(url("panel", made.pk) + beside).content.decode()
    assert "secret" in proven
    assert "Identité vérifiée" in proven
    assert "secret" not in other.get(url("panel", made.pk) + "?masked=1").content.decode()


def test_a_new_file_from_an_exchange_is_prefilled_and_ties_itself(bleuet: Company) -> None:
    from ligne.contacts.ports import Sender

    contact = bleuet.in_hand(sender=Sender(name="Zoé Durand", email="zoe@exemple.test", phone="0639980007"))
    client = signed_in(bleuet)
    form = client.get(url("new") + f"?contact={contact.pk}", headers={"HX-Request": "true"}).content.decode()
    assert 'value="Zoé"' in form
    assert 'value="zoe@exemple.test"' in form
    answer = client.post(
        url("new") + f"?contact={contact.pk}",
        {
            "principal_id": bleuet.principal.pk, "kind": "person", "status": "customer", "last_name": "Durand",
            "email": "zoe@exemple.test", "phone": "06 39 98 00 07", "city": "Rennes",
        },
        headers={"HX-Request": "true"},
    )  # fmt: skip
    made = Customer.objects.get()
    assert f"/contacts/{contact.pk}/customer/" in answer.content.decode()
    assert {p.value for p in ContactPoint.objects.filter(customer=made)} == {"+33639980007", "zoe@exemple.test"}


def test_a_refused_form_keeps_what_was_typed(bleuet: Company) -> None:
    client = signed_in(bleuet)
    given = {"principal_id": bleuet.principal.pk, "kind": "business", "status": "customer", "company_name": "Coline"}
    answer = client.post(url("new"), given | {"siren": "123456789"})
    assert answer.status_code == 422
    assert 'value="Coline"' in answer.content.decode()
    assert "clé de contrôle" in answer.content.decode()
    assert not Customer.objects.exists()


def test_a_customer_with_no_name_has_a_page(bleuet: Company) -> None:
    client = signed_in(bleuet)
    given = {"principal_id": bleuet.principal.pk, "kind": "person", "status": "prospect"}
    answer = client.post(url("new"), given, follow=True)
    assert f"n° {Customer.objects.get().pk}" in answer.content.decode()


def test_a_stale_form_shows_both_versions(bleuet: Company) -> None:
    made = anne(bleuet)
    client = signed_in(bleuet)
    form = {"kind": "person", "status": "customer", "civility": "Mme", "first_name": "Anne", "version": made.version}
    services.update(bleuet.viewer("colleague"), customer_id=made.pk, last_name="Lefebvre")
    answer = client.post(url("edit", made.pk), form | {"last_name": "Martin"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Lefebvre" in page
    assert "Martin" in page
    made.refresh_from_db()
    assert made.last_name == "Lefebvre"
    again = re.search(r'name="version" value="(\d+)"', page)
    assert again
    assert int(again[1]) == made.version
    saved = client.post(url("edit", made.pk), form | {"last_name": "Martin", "version": again[1]})
    assert saved.status_code == 302
    made.refresh_from_db()
    assert made.last_name == "Martin"


def test_points_and_addresses_in_place(bleuet: Company) -> None:
    made = anne(bleuet, phones=[], emails=[])
    client = signed_in(bleuet)
    added = client.post(url("add_point", made.pk), {"value": "06 39 98 00 01"})
    assert (added.status_code, added["HX-Trigger"]) == (200, "customer-changed")
    client.post(url("add_point", made.pk), {"value": "anne@exemple.test", "label": "work"})
    wrong = client.post(url("add_point", made.pk), {"value": "douze"})
    assert (wrong.status_code, 'value="douze"' in wrong.content.decode()) == (422, True)
    point = ContactPoint.objects.get(kind="phone")
    for act in ("verify", "prefer", "retire"):
        assert client.post(url("change_point", made.pk, point.pk), {"act": act}).status_code == 200
    point.refresh_from_db()
    assert point.valid_to
    assert client.post(url("change_point", made.pk, point.pk), {"act": "?"}).status_code == 422
    client.post(url("add_address", made.pk), {"city": "Rennes", "label": "main", "country": "FR"})
    address = made.addresses.get()
    client.post(url("retire_address", made.pk, address.pk))
    address.refresh_from_db()
    assert address.valid_to
    assert client.post(url("add_address", made.pk), {"label": "main", "country": "FR"}).status_code == 422


def test_consents_and_oppositions_in_place(bleuet: Company) -> None:
    made = anne(bleuet)
    client = signed_in(bleuet)
    given = {"channel": "voice", "purpose": "prospecting", "source": "oral", "items": "5", "proof": "Oui"}
    assert "preuve complète" in client.post(url("consent", made.pk), given).content.decode()
    assert client.post(url("consent", made.pk), given | {"channel": "?"}).status_code == 422
    client.post(url("withdraw", made.pk), {"channel": ""})
    assert Consent.objects.get().withdrawn_at
    assert client.post(url("oppose", made.pk), {"channel": "sms"}).status_code == 200
    assert client.post(url("oppose", made.pk), {"channel": "pigeon"}).status_code == 422
    client.post(url("lift", made.pk), {"channel": "sms"})
    assert Opposition.objects.get().lifted_at


def test_ties_in_place(bleuet: Company, garance: Company) -> None:
    made, other, theirs = anne(bleuet), anne(bleuet, first_name="Paul"), anne(garance)
    client = signed_in(bleuet)
    assert "Paul" in client.get(url("find_other", made.pk), {"q": "lefevre"}).content.decode()
    page = client.post(url("link", made.pk), {"other": other.pk, "kind": "spouse"}).content.decode()
    assert "Conjoint" in page
    assert client.post(url("link", made.pk), {"other": theirs.pk, "kind": "spouse"}).status_code == 422
    client.post(url("unlink", made.pk, Link.objects.get().pk))
    assert Link.objects.get().ended_at


def test_merge_screen_and_its_undo(bleuet: Company) -> None:
    kept, gone = anne(bleuet, last_name="Lefebvre"), anne(bleuet, emails=[])
    client = signed_in(bleuet)
    assert "Comparer et fusionner" in client.get(url("duplicates", kept.pk)).content.decode()
    side = client.get(url("merge", kept.pk, gone.pk)).content.decode()
    assert 'name="take_last_name"' in side
    client.post(url("merge", kept.pk, gone.pk), {"take_last_name": "other"})
    kept.refresh_from_db()
    assert kept.last_name == "Lefèvre"
    record = MergeRecord.objects.get()
    assert "Annuler la fusion" in client.get(url("duplicates", kept.pk)).content.decode()
    client.post(url("unmerge", kept.pk, record.pk))
    kept.refresh_from_db()
    assert kept.last_name == "Lefebvre"
    client.post(url("tell_apart", kept.pk, gone.pk))
    assert "Comparer et fusionner" not in client.get(url("duplicates", kept.pk)).content.decode()


def test_erasure_asks_for_the_number(bleuet: Company) -> None:
    made = anne(bleuet)
    client = signed_in(bleuet, "supervisor")
    client.post(url("erase", made.pk), {"confirm": "1"})
    made.refresh_from_db()
    assert made.last_name == "Lefèvre"
    client.post(url("erase", made.pk), {"confirm": str(made.pk)})
    made.refresh_from_db()
    assert made.last_name == ""
    assert client.get(url("customer", made.pk)).status_code == 404


def test_import_by_the_page(bleuet: Company, settings: Any, tmp_path: Path) -> None:
    settings.FILES_ROOT = tmp_path
    client = signed_in(bleuet, "administrator")

    def send(content: bytes, **more: str) -> Any:
        upload = SimpleUploadedFile("clients.csv", content)
        return client.post(url("import"), {"principal_id": bleuet.principal.pk, "file": upload, **more})

    refused = send(b"%PDF-1.7")
    assert (refused.status_code, Job.objects.count()) == (422, 0)
    assert "Rien n’a été importé" in refused.content.decode()
    answer = send((GOOD + "R5;Faux;;12;;;\n").encode())
    job = Job.objects.get()
    assert answer["Location"] == url("job", job.pk)
    assert 'hx-trigger="sse:notice' in client.get(url("job", job.pk)).content.decode()
    imports.work(job.pk)
    page = client.get(url("job", job.pk), headers={"HX-Request": "true"}).content.decode()
    assert "Terminé" in page
    assert "hx-trigger" not in page
    rejects = b"".join(client.get(url("rejects", job.pk)))  # type: ignore[arg-type]
    assert "numéro de téléphone" in rejects.decode("utf-8-sig")
    assert client.post(url("cancel_job", job.pk)).status_code == 302
    assert client.get(url("import")).status_code == 200
    for kind in ("csv", "xlsx"):
        out = client.post(url("export"), {"principal_id": bleuet.principal.pk, "format": kind})
        assert b"".join(out) if kind == "csv" else out.content  # type: ignore[arg-type]
    assert client.post(url("export"), {}).status_code == 422


@pytest.mark.parametrize("name", ["customer", "panel", "points", "consents", "ties", "duplicates", "history"])
def test_queries_do_not_grow_with_the_file(bleuet: Company, name: str, django_assert_max_num_queries: Any) -> None:
    made = anne(bleuet, phones=[f"06 39 98 00 0{n}" for n in range(8)])
    for number in range(6):
        other = anne(bleuet, first_name=f"P{number}", phones=["06 39 98 00 00"], emails=[])
        services.link(bleuet.viewer(), customer_id=other.pk, other_id=made.pk, kind="child")
        services.consent(bleuet.viewer(), customer_id=made.pk, channel="email")
        bleuet.arrival(customer_id=made.pk)
    client = signed_in(bleuet)
    client.get(url(name, made.pk))
    with django_assert_max_num_queries(30):
        client.get(url(name, made.pk))


def test_list_filters(bleuet: Company) -> None:
    anne(bleuet)
    services.create(bleuet.viewer(), principal_id=bleuet.principal.pk, kind="business", company_name="Coline")
    client = signed_in(bleuet)
    assert "Coline" in client.get(url("list"), {"kind": "business"}).content.decode()
    assert "Lefèvre" not in client.get(url("list"), {"kind": "business"}).content.decode()
    assert "Lefèvre" in client.get(url("list"), {"q": "06 39 98 22 90"}).content.decode()
    assert client.get(url("list"), {"after": "x"}).status_code == 422
