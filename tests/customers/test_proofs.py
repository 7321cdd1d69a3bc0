"""The file that proves a consent: kept as it was given, seen by who may see the customer, then gone."""

from __future__ import annotations

import os
import time
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from ligne.customers import reads, services
from ligne.customers.models import Consent
from ligne.customers.services import ProofFile
from ligne.journal.models import Entry
from ligne.kit import clock, files
from ligne.kit.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge
from ligne.staff.models import User
from tests.customers.test_files import anne
from tests.world import Company

PAPER = ProofFile("accord signé.pdf", b"%PDF-1.4 accord")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def noted(company: Company, **facts: object) -> Consent:
    """A consent of a new customer."""
    told = {"customer_id": anne(company).pk, "channel": "voice", "items": 5} | facts
    return services.consent(company.viewer(), **told)  # type: ignore[arg-type]


def aged(digest: str) -> None:
    """As if the file had been kept long ago."""
    then = time.time() - 3600
    os.utime(files.path_of(digest), (then, then))


def test_a_consent_is_noted_with_its_proof_and_the_proof_is_downloaded(bleuet: Company) -> None:
    customer = anne(bleuet)
    client = signed_in(bleuet.advisor)
    form = {"channel": "voice", "purpose": "prospecting", "source": "paper", "items": "5", "proof": ""}
    upload = SimpleUploadedFile("accord.pdf", b"%PDF-1.4 Anne")
    tab = client.post(reverse("customers:consent", args=[customer.pk]), form | {"file": upload})
    assert tab.status_code == 200
    row = Consent.objects.get()
    assert (row.attachment_name, files.open_stored(row.attachment).read()) == ("accord.pdf", b"%PDF-1.4 Anne")
    assert reads.consents(bleuet.viewer(), customer.pk)[0]["proven"]
    address = reverse("customers:proof", args=[customer.pk, row.pk])
    assert address in tab.content.decode()
    got = client.get(address)
    assert b"".join(got.streaming_content) == b"%PDF-1.4 Anne"  # type: ignore[attr-defined]
    assert 'attachment; filename="accord.pdf"' in got["Content-Disposition"]
    assert got["Content-Type"] == "application/octet-stream"
    assert got["X-Content-Type-Options"] == "nosniff"


def test_a_proof_is_attached_later_and_never_replaced(bleuet: Company) -> None:
    row = noted(bleuet)
    address = reverse("customers:attach_proof", args=[row.customer_id, row.pk])
    client = signed_in(bleuet.advisor)
    sent = {f"{row.pk}-file": SimpleUploadedFile("accord.pdf", b"first")}
    assert client.post(address, sent).status_code == 200
    again = client.post(address, {f"{row.pk}-file": SimpleUploadedFile("autre.pdf", b"second")})
    assert again.status_code == 422
    row.refresh_from_db()
    assert files.open_stored(row.attachment).read() == b"first"
    entry = Entry.objects.get(kind="customer.proof_attached")
    assert entry.data["sha256"] == row.attachment
    assert "filename" not in entry.data
    with pytest.raises(Conflict):
        services.attach_proof(bleuet.viewer(), customer_id=row.customer_id, consent_id=row.pk, file=PAPER)


def test_what_cannot_be_kept_is_refused_beside_its_field(bleuet: Company, settings: object) -> None:
    row = noted(bleuet)
    settings.MAX_UPLOAD = 10  # type: ignore[attr-defined]
    for content, error in ((b"", Invalid), (b"0123456789+", TooLarge)):
        with pytest.raises(error):
            services.attach_proof(
                bleuet.viewer(), customer_id=row.customer_id, consent_id=row.pk, file=ProofFile("a.txt", content)
            )
    client = signed_in(bleuet.advisor)
    form = {"channel": "voice", "purpose": "prospecting", "source": "paper", "items": "5", "proof": "mes mots"}
    upload = SimpleUploadedFile("gros.pdf", b"0123456789+")
    refused = client.post(reverse("customers:consent", args=[row.customer_id]), form | {"file": upload})
    assert refused.status_code == 422
    assert "mes mots" in refused.content.decode()
    nothing = client.post(reverse("customers:attach_proof", args=[row.customer_id, row.pk]), {})
    assert nothing.status_code == 422
    assert Consent.objects.exclude(attachment="").count() == 0
    assert Consent.objects.count() == 1


def test_only_who_may_see_the_customer_has_the_proof(bleuet: Company, garance: Company) -> None:
    row = noted(bleuet, file=PAPER)
    other = anne(bleuet, last_name="Autre")
    address = reverse("customers:proof", args=[row.customer_id, row.pk])
    for user in (bleuet.advisor, bleuet.supervisor, bleuet.quality, bleuet.administrator):
        assert signed_in(user).get(address).status_code == 200
    assert signed_in(garance.advisor).get(address).status_code == 404
    assert signed_in(garance.administrator).get(address).status_code == 404
    assert Client().get(address).status_code == 302
    # nor under the number of another customer, nor while the file is masked
    assert signed_in(bleuet.advisor).get(reverse("customers:proof", args=[other.pk, row.pk])).status_code == 404
    assert signed_in(bleuet.advisor).get(address + "?masked=1").status_code == 403
    with pytest.raises(NotFound):
        services.attach_proof(garance.viewer(), customer_id=row.customer_id, consent_id=row.pk, file=PAPER)
    with pytest.raises(Forbidden):
        services.attach_proof(bleuet.viewer("quality"), customer_id=row.customer_id, consent_id=row.pk, file=PAPER)


def test_proofs_go_three_years_after_the_consent_ended(
    bleuet: Company, django_capture_on_commit_callbacks: object
) -> None:
    now = clock.now()
    ended = now - timedelta(days=365 * 3 + 3)
    old = noted(bleuet, file=ProofFile("vieux.pdf", b"old"), proof="mes mots")
    withdrawn = noted(bleuet, channel="email", file=ProofFile("retiré.pdf", b"withdrawn"))
    recent = noted(bleuet, file=ProofFile("récent.pdf", b"recent"))
    open_ended = noted(bleuet, channel="email", file=ProofFile("ouvert.pdf", b"open"))
    Consent.objects.filter(pk=old.pk).update(given_at=ended - timedelta(days=365), expires_at=ended)
    Consent.objects.filter(pk=withdrawn.pk).update(given_at=ended - timedelta(days=9), withdrawn_at=ended)
    Consent.objects.filter(pk=recent.pk).update(expires_at=now - timedelta(days=365 * 3 - 3))
    Consent.objects.filter(pk=open_ended.pk).update(given_at=now - timedelta(days=365 * 9))
    for row in (old, withdrawn, recent, open_ended):
        aged(row.attachment)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert services.purge_proofs() == 2
    left = dict(Consent.objects.values_list("pk", "attachment_name"))
    assert left == {old.pk: "", withdrawn.pk: "", recent.pk: "récent.pdf", open_ended.pk: "ouvert.pdf"}
    assert Consent.objects.get(pk=old.pk).proof == ""
    assert not files.path_of(old.attachment).exists()
    assert not files.path_of(withdrawn.attachment).exists()
    assert files.path_of(recent.attachment).exists()
    told = Entry.objects.get(kind="customer.proofs_purged")
    assert (told.principal_id, sorted(told.data["consents"])) == (bleuet.principal.pk, [old.pk, withdrawn.pk])
    assert services.purge_proofs() == 0


def test_a_file_that_somebody_still_holds_is_not_deleted(bleuet: Company) -> None:
    kept = noted(bleuet, file=PAPER)
    aged(kept.attachment)
    assert files.discard({kept.attachment}) == 0
    assert files.path_of(kept.attachment).exists()
    Consent.objects.update(attachment="")
    assert files.discard({kept.attachment}) == 1
    assert not files.path_of(kept.attachment).exists()


@pytest.mark.django_db
def test_a_file_stored_again_just_now_is_not_deleted() -> None:
    digest = files.store(b"about to be held")
    aged(digest)
    assert files.store(b"about to be held") == digest
    assert files.discard({digest}) == 0
    assert files.path_of(digest).exists()


def test_an_erasure_keeps_the_proof_and_deletes_what_was_sent(
    bleuet: Company, django_capture_on_commit_callbacks: object
) -> None:
    from ligne.contacts.ports import File

    row = noted(bleuet, file=PAPER)
    contact = bleuet.arrival(customer_id=row.customer_id, files=(File("photo.txt", "text/plain", b"ma photo"),))
    sent = contact.attachments.get().sha256
    aged(sent)
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():  # type: ignore[operator]
        kept = services.erase(bleuet.viewer("supervisor"), customer_id=row.customer_id)
    assert "consent_proofs" in kept
    assert files.path_of(row.attachment).exists()
    assert not files.path_of(sent).exists()
