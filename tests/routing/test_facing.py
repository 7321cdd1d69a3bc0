"""The present as the ranking is told it, against the tables."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ligne.contacts.models import Contact
from ligne.kit import clock
from ligne.kit.viewer import Viewer
from ligne.routing import services
from ligne.routing.models import WorkItem
from ligne.routing.reads import facing
from tests.routing import house

pytestmark = pytest.mark.django_db


def test_what_is_loaded_is_what_is_ready() -> None:
    bleuet = house.principal()
    nadia = house.person(bleuet, fibre=4)
    line = house.queue(bleuet, "file", members=(nadia,), skills={"fibre": 3}, priority=2)
    closed = house.queue(bleuet, "close", members=(nadia,))
    relief = house.queue(bleuet, "secours", members=(nadia,))
    line.overflow_to = relief
    line.save()
    viewer = Viewer.system(bleuet.pk)
    plain, declined, left, put_off, elsewhere = (house.item(house.arrive(to)) for to in (*[line] * 4, closed))
    now = clock.now()
    services.enqueue(viewer, queue="file", ref="tâche:1", title="Rappeler", priority=1, skills={"mobile": 2})
    WorkItem.objects.filter(pk=declined.pk).update(
        declined_by={str(nadia.user_id): now.isoformat()}, overflowed=True, preferred_id=nadia.user_id
    )
    Contact.objects.filter(pk=left.contact_id).update(state="closed", outcome="abandoned")
    WorkItem.objects.filter(pk=put_off.pk).update(not_before=now + timedelta(hours=1))
    closed.active = False
    closed.save()

    items = {item.id: item for item in facing.load(now).items}
    assert set(items) == set(facing.ready(now).values_list("pk", flat=True))
    assert not items.keys() & {left.pk, put_off.pk, elsewhere.pk}
    asked = f"{bleuet.pk}:fibre"
    for item in items.values():
        row = WorkItem.objects.get(pk=item.id)
        assert (item.queue_id, item.principal_id, item.channel) == (line.pk, bleuet.pk, row.channel)
        assert (item.live, item.entered_at, item.due_at) == (row.live, row.entered_at, row.due_at)
        assert item.priority == line.priority + row.priority
        assert item.skills == {asked: 3} | {f"{bleuet.pk}:{slug}": level for slug, level in row.skills.items()}
        assert item.relief_id == (relief.pk if row.overflowed else None)
        assert item.preferred_id == row.preferred_id
    assert items[plain.pk].declined_by == {}
    assert items[declined.pk].declined_by == {nadia.user_id: now}


def test_desks_are_what_is_loaded() -> None:
    bleuet = house.principal()
    nadia, yanis = house.person(bleuet), house.person(bleuet)
    house.limit(nadia, "chat", 2)
    line = house.queue(bleuet, members=(nadia, yanis))
    for who in (nadia, yanis):
        services.take(who, item_id=house.item(house.arrive(line)).pk)
    house.arrive(line)
    loaded = {advisor.id: advisor for advisor in facing.load(clock.now()).advisors}
    desks = facing.desks({advisor.id: advisor.state for advisor in loaded.values()})
    assert desks.keys() == loaded.keys() == {nadia.user_id, yanis.user_id}
    for user_id, desk in desks.items():
        assert (desk.loads, desk.offered) == (loaded[user_id].loads, loaded[user_id].offered)
    assert desks[nadia.user_id or 0].takes("chat", live=True)
    assert not desks[yanis.user_id or 0].takes("voice", live=True)
