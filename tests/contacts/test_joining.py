"""Exchanges merged, split and linked; colleagues told of a note: the verbs, and that a refusal leaves all as it was."""

from __future__ import annotations

import pytest

from ligne.contacts import reads, services
from ligne.contacts.models import Attachment, Contact, Draft, Link, Mention, Message
from ligne.contacts.ports import File
from ligne.journal.models import Entry
from ligne.kit.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from ligne.routing.models import WorkItem
from ligne.staff.models import User
from ligne.supervision.models import ContactFact
from tests.world import Company


@pytest.fixture
def pair(bleuet: Company) -> tuple[Contact, Contact]:
    """Two mails of one customer: the first in the advisor's hands, the second waiting."""
    customer = bleuet.customer()
    first = bleuet.in_hand(customer_id=customer.pk, message_external_id="a@x", thread="aaaa")
    second = bleuet.arrival(customer_id=customer.pk, text="Et aussi…", message_external_id="b@x", thread="bbbb")
    return first, second


def kinds() -> list[str]:
    return list(Entry.objects.order_by("pk").values_list("kind", flat=True))


# -- merging ---------------------------------------------------------------------------------------------------------


def test_a_merge_brings_everything_here(bleuet: Company, pair: tuple[Contact, Contact]) -> None:
    here, there = pair
    services.attach(bleuet.viewer(), contact_id=there.pk, file=File("a.txt", "text/plain", b"a"))
    services.save_draft(bleuet.viewer(), contact_id=here.pk, text="Bonjour,", version=0)
    services.save_draft(bleuet.viewer(), contact_id=there.pk, text="déjà écrit", version=0)
    services.merge(bleuet.viewer(), contact_id=here.pk, other_id=there.pk)
    said = [m.text for m in reads.thread(bleuet.viewer(), here.pk) if m.kind == "in"]
    assert said == ["Bonjour", "Et aussi…"]
    assert reads.draft(bleuet.viewer(), here.pk)[0] == "Bonjour,\n\ndéjà écrit"
    assert reads.draft(bleuet.viewer(), there.pk)[0] == ""
    assert Attachment.objects.get().contact_id == here.pk
    there.refresh_from_db()
    assert (there.state, there.outcome, there.merged_into_id) == ("closed", "merged", here.pk)
    assert not WorkItem.objects.filter(contact=there).exists(), "nobody is offered what is merged"
    assert "contact.merged" in kinds()


def test_a_merged_exchange_counts_once(bleuet: Company, pair: tuple[Contact, Contact]) -> None:
    here, there = pair
    services.merge(bleuet.viewer(), contact_id=here.pk, other_id=there.pk)
    assert ContactFact.objects.get(contact=there).outcome == "merged"
    assert ContactFact.objects.get(contact=there).answered_at is None


def test_what_the_customer_answers_to_the_merged_one_arrives_here(
    bleuet: Company, pair: tuple[Contact, Contact]
) -> None:
    here, there = pair
    services.merge(bleuet.viewer(), contact_id=here.pk, other_id=there.pk)
    message = services.receive(bleuet.system, contact_id=there.pk, text="Alors ?", external_id="c@x")
    assert message.contact_id == here.pk
    assert Contact.objects.count() == 2


def test_a_merge_is_undone_and_what_was_written_since_stays(bleuet: Company, pair: tuple[Contact, Contact]) -> None:
    here, there = pair
    services.merge(bleuet.viewer(), contact_id=here.pk, other_id=there.pk)
    services.reply(bleuet.viewer(), contact_id=here.pk, text="Voici pour les deux.")
    services.unmerge(bleuet.viewer(), contact_id=here.pk, other_id=there.pk)
    there.refresh_from_db()
    assert (there.state, there.outcome, there.merged_into_id, there.advisor_id) == ("waiting", "", None, None)
    assert [m.text for m in reads.thread(bleuet.viewer(), there.pk) if m.kind == "in"] == ["Et aussi…"]
    assert [m.text for m in reads.thread(bleuet.viewer(), here.pk) if m.kind == "out"] == ["Voici pour les deux."]
    item = WorkItem.objects.get(contact=there)
    assert (item.state, item.preferred_id) == ("waiting", bleuet.advisor.pk)
    assert kinds()[-1] == "work.placed"
    with pytest.raises(NotFound):
        services.unmerge(bleuet.viewer(), contact_id=here.pk, other_id=there.pk)


def test_a_merge_that_went_on_is_not_undone(bleuet: Company, pair: tuple[Contact, Contact]) -> None:
    here, there = pair
    services.merge(bleuet.viewer(), contact_id=here.pk, other_id=there.pk)
    moved = Message.objects.get(contact=here, external_id="b@x")
    services.split(bleuet.viewer(), message_id=moved.pk)
    with pytest.raises(Conflict):
        services.unmerge(bleuet.viewer(), contact_id=here.pk, other_id=there.pk)
    there.refresh_from_db()
    assert there.state == "closed"


def test_a_mail_that_reached_both_stands_here_once(bleuet: Company, pair: tuple[Contact, Contact]) -> None:
    here, there = pair
    for contact in pair:
        Message.objects.create(
            principal=bleuet.principal,
            contact=contact,
            kind="in",
            text="Aux deux",
            external_id="same@x",
            created_at=contact.arrived_at,
        )
    services.merge(bleuet.viewer(), contact_id=here.pk, other_id=there.pk)
    assert Message.objects.filter(contact=here, external_id="same@x").count() == 1


def test_only_who_has_the_exchange_merges_into_it(bleuet: Company, pair: tuple[Contact, Contact]) -> None:
    here, there = pair
    with pytest.raises(Forbidden):
        services.merge(bleuet.viewer("colleague"), contact_id=here.pk, other_id=there.pk)
    unchanged(pair)


def test_another_company_s_exchange_does_not_exist(
    bleuet: Company, garance: Company, pair: tuple[Contact, Contact]
) -> None:
    here, _ = pair
    elsewhere = garance.arrival()
    for verb in (services.merge, services.link):
        with pytest.raises(NotFound):
            verb(bleuet.viewer(), contact_id=here.pk, other_id=elsewhere.pk)
    unchanged(pair)
    assert not Link.objects.exists()


@pytest.mark.parametrize("why", ["another customer", "another channel", "closed", "a colleague's"])
def test_what_cannot_be_merged_stays_as_it_is(bleuet: Company, pair: tuple[Contact, Contact], why: str) -> None:
    here, there = pair
    changed: dict[str, object] = {
        "another customer": {"customer": bleuet.customer(first_name="Paul")},
        "another channel": {"channel": "chat"},
        "closed": {"state": "closed", "outcome": "resolved"},
        "a colleague's": {"state": "active", "advisor": bleuet.colleague},
    }[why]  # type: ignore[assignment]
    Contact.objects.filter(pk=there.pk).update(**changed)  # type: ignore[arg-type]
    with pytest.raises(DomainError):
        services.merge(bleuet.viewer(), contact_id=here.pk, other_id=there.pk)
    unchanged(pair)


def unchanged(pair: tuple[Contact, Contact]) -> None:
    assert not Contact.objects.filter(merged_into__isnull=False).exists()
    assert [Message.objects.filter(contact=one, kind="in").count() for one in pair] == [1, 1]
    assert "contact.merged" not in kinds()


# -- splitting -------------------------------------------------------------------------------------------------------


def test_a_message_goes_on_by_itself(bleuet: Company, pair: tuple[Contact, Contact]) -> None:
    here, _ = pair
    later = services.receive(
        bleuet.system,
        contact_id=here.pk,
        text="Autre chose : ma box",
        external_id="d@x",
        files=[File("box.txt", "text/plain", b"box")],
    )
    new = services.split(bleuet.viewer(), message_id=later.pk, subject="Box en panne")
    assert (new.subject, new.state, new.customer_id, new.from_email) == (
        "Box en panne",
        "waiting",
        here.customer_id,
        here.from_email,
    )
    assert new.thread not in {"", here.thread}, "answers to it must not find the old exchange"
    assert [m.text for m in reads.thread(bleuet.viewer(), new.pk) if m.kind == "in"] == ["Autre chose : ma box"]
    assert Attachment.objects.get().contact_id == new.pk
    assert WorkItem.objects.get(contact=new).preferred_id == bleuet.advisor.pk
    assert [one.pk for one in reads.linked(bleuet.viewer(), here.pk)] == [new.pk]
    assert {"contact.message_split", "contact.linked"} <= set(kinds())
    # undone by merging it back
    services.merge(bleuet.viewer(), contact_id=here.pk, other_id=new.pk)
    assert Message.objects.get(pk=later.pk).contact_id == here.pk


def test_the_only_message_stays(bleuet: Company, pair: tuple[Contact, Contact]) -> None:
    here, _ = pair
    with pytest.raises(Invalid):
        services.split(bleuet.viewer(), message_id=Message.objects.get(contact=here).pk)
    assert Contact.objects.count() == 2
    assert Message.objects.get(contact=here).contact_id == here.pk


def test_what_we_wrote_is_not_split_off(bleuet: Company, pair: tuple[Contact, Contact]) -> None:
    here, _ = pair
    ours = services.reply(bleuet.viewer(), contact_id=here.pk, text="Voici.")
    with pytest.raises(Invalid):
        services.split(bleuet.viewer(), message_id=ours.pk)
    assert Contact.objects.count() == 2


def test_a_colleague_does_not_split(bleuet: Company, pair: tuple[Contact, Contact]) -> None:
    here, _ = pair
    later = services.receive(bleuet.system, contact_id=here.pk, text="Encore", external_id="e@x")
    with pytest.raises(Forbidden):
        services.split(bleuet.viewer("colleague"), message_id=later.pk)
    assert Contact.objects.count() == 2


# -- linking ---------------------------------------------------------------------------------------------------------


def test_a_link_is_seen_from_both_and_taken_back(bleuet: Company, pair: tuple[Contact, Contact]) -> None:
    here, there = pair
    for _ in range(2):
        services.link(bleuet.viewer(), contact_id=there.pk, other_id=here.pk)
    assert [c.pk for c in reads.linked(bleuet.viewer(), here.pk)] == [there.pk]
    assert [c.pk for c in reads.linked(bleuet.viewer(), there.pk)] == [here.pk]
    assert kinds().count("contact.linked") == 1
    services.unlink(bleuet.viewer(), contact_id=here.pk, other_id=there.pk)
    services.unlink(bleuet.viewer(), contact_id=here.pk, other_id=there.pk)
    assert reads.linked(bleuet.viewer(), here.pk) == []
    assert kinds().count("contact.unlinked") == 1


def test_an_exchange_is_not_linked_to_itself(bleuet: Company, pair: tuple[Contact, Contact]) -> None:
    with pytest.raises(Invalid):
        services.link(bleuet.viewer(), contact_id=pair[0].pk, other_id=pair[0].pk)
    assert not Link.objects.exists()


# -- mentions --------------------------------------------------------------------------------------------------------


def test_a_colleague_named_in_a_note_is_told_until_they_look(bleuet: Company, pair: tuple[Contact, Contact]) -> None:
    here, _ = pair
    User.objects.filter(pk=bleuet.colleague.pk).update(name="Yanis Roche")
    note = services.note(bleuet.viewer(), contact_id=here.pk, text="@yanis roche, tu connais ce dossier ?")
    colleague = bleuet.viewer("colleague")
    assert [m.message_id for m in reads.mentions_waiting(colleague)] == [note.pk]
    assert reads.named_in(bleuet.viewer(), note.pk) == ["Yanis Roche"]
    assert "contact.person_mentioned" in kinds()
    assert services.mentions_seen(colleague, contact_id=here.pk)
    assert not services.mentions_seen(colleague, contact_id=here.pk)
    assert reads.mentions_waiting(colleague) == []


def test_only_who_may_read_the_exchange_is_told(
    bleuet: Company, garance: Company, pair: tuple[Contact, Contact]
) -> None:
    here, _ = pair
    User.objects.filter(pk=garance.advisor.pk).update(name="Zoé Lointaine")
    User.objects.filter(pk=bleuet.administrator.pk).update(name="Sophie Tanguy")
    text = "@Zoé Lointaine @Sophie Tanguy"
    services.note(bleuet.viewer(), contact_id=here.pk, text=text)
    assert not Mention.objects.exists()
    assert reads.names_nobody(bleuet.viewer(), bleuet.principal.pk, text) == ["zoe", "sophie"]


def test_naming_oneself_tells_nobody(bleuet: Company, pair: tuple[Contact, Contact]) -> None:
    here, _ = pair
    services.note(bleuet.viewer(), contact_id=here.pk, text=f"@{bleuet.advisor.name} à revoir")
    assert not Mention.objects.exists()
    assert Draft.objects.count() == 0
