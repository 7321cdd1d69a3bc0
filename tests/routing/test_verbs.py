"""What can happen to work besides the straight way: each refusal also proves that nothing happened."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ligne.contacts import services as contacts
from ligne.contacts.models import CallBack, Contact, Message
from ligne.journal.models import Entry
from ligne.kit import clock
from ligne.kit.errors import Conflict, Forbidden, Invalid, NotFound
from ligne.kit.viewer import Viewer
from ligne.routing import reads, services
from ligne.routing.models import Loan, Offer, Queue, WorkItem
from ligne.staff import reads as staff_reads
from ligne.staff import services as staff
from tests.routing import house

pytestmark = pytest.mark.django_db


def accepted(viewer: Viewer, line: Queue, channel: str = "chat") -> Contact:
    """A contact in the viewer's hands."""
    contact = house.arrive(line, channel)
    services.assign()
    services.accept(viewer, item_id=house.item(contact).pk)
    contact.refresh_from_db()
    return contact


def later(**ahead: float) -> datetime:
    return clock.now() + timedelta(**ahead)


class TestPlacing:
    def test_without_a_queue_it_goes_to_the_principals_own_for_the_channel(self) -> None:
        bleuet = house.principal()
        house.queue(bleuet, "voix", channels=["voice"])
        house.queue(bleuet, "ecrits", channels=["email"])
        house.queue(bleuet, "reste", fallback=True)
        nowhere = Queue(slug="", principal=bleuet)
        assert house.arrive(nowhere, "email").queue == "ecrits"
        assert house.arrive(nowhere, "chat").queue == "reste"

    def test_an_unknown_queue_loses_nobody_and_is_told(self) -> None:
        bleuet = house.principal()
        line = house.queue(bleuet, "reste", fallback=True)
        contact = house.arrive(Queue(slug="n-existe-pas", principal=bleuet), "chat")
        assert house.item(contact).queue == line
        told = Entry.objects.get(kind="work.placed")
        assert told.data["asked"] == "n-existe-pas"

    def test_another_principals_queue_is_unknown(self) -> None:
        bleuet, garance = house.principal(), house.principal("garance")
        line = house.queue(bleuet, fallback=True)
        theirs = house.queue(garance)
        contact = house.arrive(Queue(slug=theirs.slug, principal=bleuet), "chat")
        assert house.item(contact).queue == line

    def test_a_principal_without_queues_gets_one(self) -> None:
        contact = house.arrive(Queue(slug="", principal=house.principal()), "email")
        assert house.item(contact).queue.fallback
        assert house.arrive(Queue(slug="", principal=house.principal()), "email").queue == contact.queue

    def test_deferred_work_is_due_in_opening_time(self) -> None:
        bleuet = house.principal()
        line = house.queue(bleuet, hours={"mon": [["09:00", "12:00"]], "tue": [["09:00", "12:00"]]}, target_s=7200)
        monday = datetime.fromisoformat("2026-11-23T11:00:00+01:00")
        with clock.at(monday):
            assert house.item(house.arrive(line, "email")).due_at == datetime.fromisoformat("2026-11-24T10:00:00+01:00")

    def test_enqueuing_the_same_thing_twice_waits_once(self) -> None:
        bleuet = house.principal()
        nadia = house.person(bleuet)
        line = house.queue(bleuet, members=(nadia,))
        system = Viewer.system(bleuet.pk)
        item_id = services.enqueue(system, queue=line.slug, ref="case_step:12", title="Rappeler le prestataire")
        assert services.enqueue(system, queue=line.slug, ref="case_step:12", title="Autre") == item_id
        assert services.assign() == 1
        assert services.accept(nadia, item_id=item_id) is None
        assert reads.my_work(nadia)[0].state == "task"
        services.done(system, ref="case_step:12")
        services.done(system, ref="case_step:12")
        assert reads.my_work(nadia) == []
        with pytest.raises(NotFound):
            services.enqueue(Viewer.system(), queue=line.slug, ref="x:1", title="")


class TestCapacity:
    def test_chats_up_to_the_persons_own_limit_one_offer_at_a_time(self) -> None:
        bleuet = house.principal()
        nadia = house.person(bleuet)
        house.limit(nadia, "chat", 2)
        line = house.queue(bleuet, members=(nadia,))
        for _ in range(3):
            house.arrive(line)
        assert services.assign() == 1
        assert services.assign() == 0
        for _ in range(2):
            services.assign()
            offered = [r for r in reads.my_work(nadia) if r.state == "offered"]
            services.accept(nadia, item_id=offered[0].item_id)
        assert services.assign() == 0
        assert [r.state for r in reads.my_work(nadia)] == ["active", "active"]

    def test_a_mail_in_hand_does_not_keep_a_chat_away(self) -> None:
        bleuet = house.principal()
        nadia = house.person(bleuet)
        line = house.queue(bleuet, members=(nadia,))
        accepted(nadia, line, "email")
        house.arrive(line, "chat")
        assert services.assign() == 1

    def test_capacity_lowered_after_the_offer_is_checked_again(self) -> None:
        bleuet = house.principal()
        nadia = house.person(bleuet)
        house.limit(nadia, "chat", 2)
        line = house.queue(bleuet, members=(nadia,))
        accepted(nadia, line)
        contact = house.arrive(line)
        services.assign()
        house.limit(nadia, "chat", 1)
        with pytest.raises(Conflict):
            services.accept(nadia, item_id=house.item(contact).pk)
        assert house.item(contact).state == "offered"


class TestTaking:
    def test_an_advisor_takes_the_oldest_of_their_queues_only(self) -> None:
        bleuet = house.principal()
        nadia = house.person(bleuet, state="writing")
        line = house.queue(bleuet, members=(nadia,))
        first, second = house.arrive(line), house.arrive(line)
        other = house.arrive(house.queue(bleuet))
        for forbidden in (second, other):
            with pytest.raises(Forbidden):
                services.take(nadia, item_id=house.item(forbidden).pk)
            assert house.item(forbidden).state == "waiting"
        assert [r.may_take for r in reads.waiting(nadia, line.slug)] == [True, False]
        services.take(nadia, item_id=house.item(first).pk)
        first.refresh_from_db()
        assert (first.state, first.advisor_id) == ("active", nadia.user_id)
        assert Offer.objects.get(contact=first).in_time is True

    def test_a_supervisor_takes_whatever_they_see(self) -> None:
        bleuet = house.principal()
        claire = house.person(bleuet, role="supervisor")
        line = house.queue(bleuet)
        house.arrive(line)
        second = house.arrive(line)
        services.take(claire, item_id=house.item(second).pk)
        assert house.item(second).advisor_id == claire.user_id

    def test_what_was_kept_for_a_colleague_is_not_taken(self) -> None:
        bleuet = house.principal()
        nadia, yanis = house.person(bleuet), house.person(bleuet)
        line = house.queue(bleuet, members=(nadia, yanis))
        item_id = services.enqueue(
            Viewer.system(bleuet.pk),
            queue=line.slug,
            ref="x:1",
            title="",
            preferred_id=yanis.user_id,
            only_preferred=True,
        )
        with pytest.raises(Forbidden):
            services.take(nadia, item_id=item_id)
        services.take(yanis, item_id=item_id)

    def test_signed_out_one_takes_nothing(self) -> None:
        bleuet = house.principal()
        nadia = house.person(bleuet, state="")
        contact = house.arrive(house.queue(bleuet, members=(nadia,)))
        with pytest.raises(Conflict):
            services.take(nadia, item_id=house.item(contact).pk)
        assert house.item(contact).state == "waiting"


class TestTransfer:
    def test_to_a_queue_it_keeps_its_age_and_its_note_and_goes_ahead(self) -> None:
        bleuet = house.principal()
        nadia, yanis = house.person(bleuet), house.person(bleuet)
        one, two = house.queue(bleuet, members=(nadia,)), house.queue(bleuet, members=(yanis,))
        contact = accepted(nadia, one)
        entered = house.item(contact).entered_at
        moved = services.transfer(nadia, contact_id=contact.pk, queue=two.slug, note="Veut parler du tarif")
        assert (moved.state, moved.queue, moved.advisor_id) == ("waiting", two.slug, None)
        item = house.item(contact)
        assert (item.queue, item.entered_at, item.priority) == (two, entered, 1)
        assert Message.objects.get(contact=contact, kind="note").text == "Veut parler du tarif"
        assert Entry.objects.filter(kind="work.transferred").count() == 1
        assert services.assign() == 1
        assert house.item(contact).advisor_id == yanis.user_id

    def test_to_a_colleague_who_has_it_for_themselves_first(self) -> None:
        bleuet = house.principal()
        nadia, yanis = house.person(bleuet), house.person(bleuet)
        line = house.queue(bleuet, members=(nadia,))
        contact = accepted(nadia, line, "email")
        services.transfer(nadia, contact_id=contact.pk, advisor_id=yanis.user_id, note="Tu connais le dossier")
        services.assign()
        assert house.item(contact).advisor_id == yanis.user_id

    def test_a_live_exchange_is_not_handed_to_somebody_away(self) -> None:
        bleuet = house.principal()
        nadia, yanis = house.person(bleuet), house.person(bleuet, state="break")
        contact = accepted(nadia, house.queue(bleuet, members=(nadia,)))
        with pytest.raises(Conflict):
            services.transfer(nadia, contact_id=contact.pk, advisor_id=yanis.user_id, note="x")
        contact.refresh_from_db()
        assert contact.advisor_id == nadia.user_id

    def test_refusals_change_nothing(self) -> None:
        bleuet, garance = house.principal(), house.principal("garance")
        nadia, yanis = house.person(bleuet), house.person(bleuet)
        stranger = house.person(garance)
        theirs = house.queue(garance)
        line = house.queue(bleuet, members=(nadia,))
        contact = accepted(nadia, line)
        for error, who, facts in [
            (Invalid, nadia, {"queue": line.slug, "note": "  "}),
            (Invalid, nadia, {"note": "vers nulle part"}),
            (Invalid, nadia, {"queue": theirs.slug, "note": "x"}),
            (Invalid, nadia, {"advisor_id": nadia.user_id, "note": "x"}),
            (NotFound, nadia, {"advisor_id": stranger.user_id, "note": "x"}),
            (Forbidden, yanis, {"queue": line.slug, "note": "x"}),
            (NotFound, stranger, {"queue": line.slug, "note": "x"}),
            (Forbidden, house.person(bleuet, role="quality"), {"queue": line.slug, "note": "x"}),
        ]:
            with pytest.raises(error):
                services.transfer(who, contact_id=contact.pk, **facts)  # type: ignore[arg-type]
        contact.refresh_from_db()
        assert (contact.state, contact.advisor_id, contact.queue) == ("active", nadia.user_id, line.slug)
        assert not Message.objects.filter(contact=contact, kind="note").exists()


class TestLeaving:
    def test_a_lost_advisors_chat_goes_back_first_and_their_mail_is_kept(self) -> None:
        bleuet = house.principal()
        nadia = house.person(bleuet)
        line = house.queue(bleuet, members=(nadia,))
        mail, chat = accepted(nadia, line, "email"), accepted(nadia, line)
        offered = house.arrive(line)
        services.assign()
        yanis = house.person(bleuet)
        line.members.add(yanis.user_id)
        with clock.at(later(seconds=31)):
            staff.heartbeat(yanis.user_id)
            services.tick()
        assert staff_reads.current(nadia.user_id).state == "offline"
        for contact in (mail, chat, offered):
            contact.refresh_from_db()
        assert (chat.state, chat.advisor_id) == ("offered", yanis.user_id)
        assert (offered.state, offered.advisor_id) == ("waiting", None)
        assert (mail.state, mail.advisor_id) == ("active", nadia.user_id)
        assert house.item(mail).kept_until is not None

    def test_who_comes_back_finds_their_mail_who_does_not_loses_it_after_the_grace(self) -> None:
        bleuet = house.principal()
        nadia = house.person(bleuet)
        line = house.queue(bleuet, members=(nadia,))
        mail = accepted(nadia, line, "email")
        house.come(nadia, "offline")
        house.come(nadia)
        assert house.item(mail).kept_until is None
        house.come(nadia, "offline")
        services.release_kept(later(minutes=31))
        mail.refresh_from_db()
        assert (mail.state, mail.advisor_id) == ("waiting", None)
        assert house.item(mail).preferred_id == nadia.user_id

    def test_a_closed_contact_leaves_even_when_its_item_was_busy(self) -> None:
        bleuet = house.principal()
        contact = house.arrive(house.queue(bleuet))
        Contact.objects.filter(pk=contact.pk).update(state="closed", outcome="abandoned")
        assert services.sweep(clock.now()) == 1
        assert not WorkItem.objects.exists()

    def test_a_customer_who_leaves_takes_their_place_with_them(self) -> None:
        bleuet = house.principal()
        nadia = house.person(bleuet)
        contact = house.arrive(house.queue(bleuet, members=(nadia,)))
        services.assign()
        contacts.abandon(Viewer.system(bleuet.pk), contact_id=contact.pk, cause="left")
        assert not WorkItem.objects.exists()
        assert Offer.objects.get().outcome == "withdrawn"


class TestPuttingOff:
    def test_put_off_it_comes_back_to_the_same_person(self) -> None:
        bleuet = house.principal()
        nadia, yanis = house.person(bleuet), house.person(bleuet)
        line = house.queue(bleuet, members=(nadia,))
        mail = accepted(nadia, line, "email")
        line.members.add(yanis.user_id)
        contacts.snooze(nadia, contact_id=mail.pk, until=later(hours=1))
        assert reads.my_work(nadia)[0].state == "snoozed"
        assert services.assign() == 0
        with clock.at(later(hours=1, seconds=1)):
            services.wake_snoozed(clock.now())
            services.assign()
        mail.refresh_from_db()
        assert (mail.state, mail.advisor_id) == ("offered", nadia.user_id)

    def test_the_customers_word_ends_it_early(self) -> None:
        bleuet = house.principal()
        nadia = house.person(bleuet)
        mail = accepted(nadia, house.queue(bleuet, members=(nadia,)), "email")
        contacts.snooze(nadia, contact_id=mail.pk, until=later(hours=5))
        contacts.receive(Viewer.system(bleuet.pk), contact_id=mail.pk, text="Alors ?")
        assert services.assign() == 1


class TestHelp:
    def test_relief_helps_after_the_delay(self) -> None:
        bleuet = house.principal()
        nadia = house.person(bleuet)
        relief = house.queue(bleuet, members=(nadia,))
        line = house.queue(bleuet, overflow_to=relief, overflow_after_s=60, skills={"resiliation": 4})
        contact = house.arrive(line)
        assert services.tick() == 0
        with clock.at(later(seconds=61)):
            staff.heartbeat(nadia.user_id)
            assert services.tick() == 1
        contact.refresh_from_db()
        assert (contact.advisor_id, contact.queue) == (nadia.user_id, line.slug)
        assert Entry.objects.filter(kind="work.overflowed").count() == 1

    def test_a_person_is_lent_for_a_while(self) -> None:
        bleuet, garance = house.principal(), house.principal("garance")
        claire, nadia = house.person(bleuet, role="supervisor"), house.person(bleuet)
        line = house.queue(bleuet)
        house.arrive(line)
        services.lend(claire, user_id=nadia.user_id, queue_id=line.pk, until=later(hours=1))
        assert services.assign() == 1
        assert reads.queues(claire)[0].advisors == {"available": 1}
        services.take_back(claire, user_id=nadia.user_id, queue_id=line.pk)
        assert not Loan.objects.exists()
        for error, who, until in [
            (Forbidden, nadia, later(hours=1)),
            (Invalid, claire, later(hours=13)),
            (Invalid, claire, later(hours=-1)),
            (NotFound, house.person(garance, role="supervisor"), later(hours=1)),
        ]:
            with pytest.raises(error):
                services.lend(who, user_id=nadia.user_id, queue_id=line.pk, until=until)
        assert not Loan.objects.exists()


class TestPromises:
    @staticmethod
    def promise(line: Queue, owner: Viewer | None, start: float, end: float) -> CallBack:
        with clock.at(later(hours=-2)):
            return contacts.promise_call_back(
                Viewer.system(line.principal_id),
                principal_id=line.principal_id,
                phone="06 12 34 56 78",
                queue=line.slug,
                window_start=later(hours=2, minutes=start),
                window_end=later(hours=2, minutes=end),
                owner_id=owner.user_id if owner else None,
            )

    def test_a_due_promise_comes_up_to_its_owner_before_newcomers(self) -> None:
        bleuet = house.principal()
        nadia, yanis = house.person(bleuet), house.person(bleuet)
        line = house.queue(bleuet, members=(nadia, yanis))
        for _ in range(3):
            house.arrive(line, "voice")
        promise = self.promise(line, yanis, -1, 30)
        services.tick()
        promise.refresh_from_db()
        assert promise.contact is not None
        assert (promise.contact.direction, promise.contact.state) == ("out", "offered")
        assert promise.contact.advisor_id == yanis.user_id
        services.tick()
        assert Contact.objects.filter(direction="out").count() == 1

    def test_before_its_window_it_only_stands_in_its_owners_list(self) -> None:
        bleuet = house.principal()
        nadia = house.person(bleuet)
        promise = self.promise(house.queue(bleuet, members=(nadia,)), nadia, 10, 40)
        assert services.tick() == 0
        (row,) = reads.my_work(nadia)
        assert (row.state, row.call_back_id) == ("promise", promise.pk)

    def test_without_its_owner_the_queue_keeps_it(self) -> None:
        bleuet = house.principal()
        nadia, away = house.person(bleuet), house.person(bleuet, state="break")
        promise = self.promise(house.queue(bleuet, members=(nadia, away)), away, -1, 30)
        services.tick()
        promise.refresh_from_db()
        assert promise.contact is not None
        assert promise.contact.advisor_id == nadia.user_id

    def test_a_window_that_passes_is_told_once_and_still_waits(self) -> None:
        bleuet = house.principal()
        line = house.queue(bleuet)
        promise = self.promise(line, None, -30, -1)
        services.tick()
        services.tick()
        promise.refresh_from_db()
        assert promise.breached_at is not None
        assert house.item(promise.contact).state == "waiting"
        breaches = [e for e in Entry.objects.filter(kind="call_back.changed") if e.data["cause"] == "breached"]
        assert len(breaches) == 1


class TestReading:
    def test_queues_as_they_stand(self, django_assert_num_queries: object) -> None:
        bleuet, garance = house.principal(), house.principal("garance")
        nadia = house.person(bleuet)
        line = house.queue(bleuet, members=(nadia,))
        house.queue(garance)
        accepted(nadia, line)
        with clock.at(later(seconds=-30)):
            house.arrive(line)
        with django_assert_num_queries(6):  # type: ignore[operator]
            (facts,) = reads.queues(nadia)
        assert (facts.waiting, facts.in_hand, facts.late, facts.open) == (1, 1, 1, True)
        assert facts.oldest_s is not None
        assert facts.oldest_s >= 30
        assert facts.today.share == 100
        assert facts.advisors == {"available": 1}

    def test_the_door_says_whether_it_is_open(self) -> None:
        line = house.queue(house.principal(), hours={"mon": [["09:00", "12:00"]]})
        with clock.at(datetime.fromisoformat("2026-11-23T12:30:00+01:00")):
            front = reads.front(line.slug)
        assert not front.open
        assert front.opens_at == datetime.fromisoformat("2026-11-30T09:00:00+01:00")
        with pytest.raises(NotFound):
            reads.front("n-existe-pas")

    def test_a_place_in_the_line(self) -> None:
        bleuet = house.principal()
        line = house.queue(bleuet, members=(house.person(bleuet, state="break"),))
        first, second = house.arrive(line), house.arrive(line)
        place = reads.place(second.pk)
        assert place is not None
        assert (place.number, place.staffed, place.free) == (2, True, False)
        assert reads.place(first.pk).number == 1  # type: ignore[union-attr]

    def test_hand_on_targets_stay_within_the_principal(self) -> None:
        bleuet, garance = house.principal(), house.principal("garance")
        nadia, yanis = house.person(bleuet, garance), house.person(bleuet)
        house.person(garance)
        line = house.queue(bleuet, members=(nadia,))
        house.queue(garance)
        contact = accepted(nadia, line)
        queues, colleagues = reads.transfer_targets(nadia, contact.pk)
        assert [q.slug for q in queues] == [line.slug]
        assert [c.user_id for c in colleagues] == [yanis.user_id]
