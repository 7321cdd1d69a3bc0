"""The office's page of lines: what an administrator sets is what callers meet."""

from __future__ import annotations

import pytest
from django.test import Client

from ligne.channels.voice import services
from ligne.channels.voice.models import Line
from ligne.channels.voice.rules import menus, plans
from ligne.channels.voice.services import spine
from ligne.customers import services as customers
from ligne.kit.errors import Forbidden, Invalid
from tests.world import Company

pytestmark = pytest.mark.django_db


def line_of(company: Company, **facts: object) -> Line:
    viewer = company.viewer("administrator")
    how = {"name": "Accueil", "queue": company.queues["voice"].slug, **facts}
    return services.put_line(viewer, principal_id=company.principal.pk, number="01 99 00 00 01", **how)  # type: ignore[arg-type]


def test_a_menu_edited_in_the_office_is_the_one_callers_hear(bleuet: Company, client: Client) -> None:
    line = line_of(bleuet)
    client.force_login(bleuet.administrator)
    page = client.get(f"/office/lines/{line.pk}/")
    assert page.status_code == 200
    sent = {
        "version": line.version, "name": "Accueil", "queue": bleuet.queues["voice"].slug, "language": "fr",
        "menu_prompts": "sound:vm-press", "closed_to": "voicemail", "position_every_s": 45, "recorded_share": 10,
        "key_1": "queue:bleuet-voice", "key_2": "voicemail", "active": "on",
    }  # fmt: skip
    assert client.post(f"/office/lines/{line.pk}/", sent).status_code == 302
    found = spine.line("0199000001")
    assert found
    plan = spine.plan(found)
    assert plan is not None
    prompts, keys = plan.menus[plan.menu]
    assert prompts == ("sound:vm-press",)
    assert {key: (option.action, option.target) for key, option in keys.items()} == {
        "1": ("queue", bleuet.queues["voice"].slug),
        "2": ("voicemail", ""),
    }
    stale = client.post(f"/office/lines/{line.pk}/", sent)
    assert stale.status_code == 409, "somebody else saved meanwhile"


def test_a_line_is_refused_that_cannot_be(bleuet: Company) -> None:
    line_of(bleuet)
    with pytest.raises(Invalid):
        line_of(bleuet, name="Deux fois le même numéro")
    with pytest.raises(Forbidden):
        services.put_line(bleuet.viewer("supervisor"), principal_id=bleuet.principal.pk, number="01 99 00 00 02")
    assert Line.objects.count() == 1


def test_menus_made_by_a_program_stay() -> None:
    deep = {
        "main": {"prompts": [], "keys": {"9": {"action": "menu", "target": "more"}}},
        "more": {"prompts": [], "keys": {}},
    }
    made, first = menus.with_choices(deep, "main", ["sound:a"], {"1": "queue:q"})
    assert made["main"]["keys"] == {"9": {"action": "menu", "target": "more"}, "1": {"action": "queue", "target": "q"}}
    assert first == "main"
    assert "more" in made
    assert menus.choices_of(made, first) == {"1": "queue:q"}
    assert menus.with_choices({}, "", [], {}) == ({}, "")


def test_who_needs_no_menu_and_what_asks_for_a_card_are_set_in_the_office(bleuet: Company, client: Client) -> None:
    queue = bleuet.queues["voice"].slug
    line = line_of(bleuet, menus={"main": {"prompts": [], "keys": {"1": {"action": "queue"}}}}, menu="main")
    client.force_login(bleuet.administrator)
    sent = {
        "version": line.version, "name": "Accueil", "queue": queue, "language": "fr", "closed_to": "voicemail",
        "position_every_s": 45, "recorded_share": 10, "active": "on", "key_1": f"queue:{queue}", "key_8": "language:en",
        "known_queue": queue, "callers": f"+33 1 99 = {queue}\n", "payment_number": "sound:beep number:1",
    }  # fmt: skip
    refused = client.post(f"/office/lines/{line.pk}/", sent | {"callers": "demain = ici"})
    assert (refused.status_code, "demain = ici" in refused.content.decode()) == (422, True)
    assert client.post(f"/office/lines/{line.pk}/", sent).status_code == 302
    customers.add_point(bleuet.viewer(), customer_id=bleuet.customer().pk, kind="phone", value="06 12 34 56 78")
    found = spine.line("0199000001")
    assert found is not None
    assert spine.asks_who_calls(found)
    straight = {
        caller: spine.plan(found, caller, known=spine.is_known(found, caller))
        for caller in ("0612345678", "+33199000042", "+33611111111")
    }
    assert [plan.menu for plan in straight.values()] == ["", "", "main"]
    plan = straight["+33611111111"]
    assert plan.menus["main"][1]["8"].language == "en"
    assert plan.payment_prompts["number"] == ("sound:beep", "number:1")
    assert plan.payment_prompts["code"] == ("number:3", "sound:beep"), "the house's own"


def test_the_longest_beginning_of_a_number_decides_before_who_is_known() -> None:
    line = plans.LineFacts(1, "l", "q", known_queue="known", callers={"+33": "france", "+3361": "mobile"})
    for caller, known, queue in (
        ("+33612345678", True, "mobile"), ("+33199000042", True, "france"), ("+32470", True, "known"), ("", False, ""),
    ):  # fmt: skip
        assert plans.straight_to(line, caller=caller, known=known) == queue
