"""The template tags of the house."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from ligne.kit import clock
from ligne.kit.forms import DateTimeField, PhoneField
from ligne.kit.panels import Panel, declare, panels
from ligne.kit.templatetags import ui
from ligne.kit.viewer import ADMINISTRATOR, ADVISOR, Viewer

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)  # 12 h in Paris


def drawn(text: str, **facts: object) -> str:
    """A template drawn with `facts`."""
    return Template(text).render(Context(facts))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"),
        (0, "0:00"),
        (35, "0:35"),
        (252.9, "4:12"),
        (7800, "2\u00a0h\u00a010"),
        (273_600, "3\u00a0j\u00a04\u00a0h"),
        (-4, "0:00"),
    ],
)
def test_durations(seconds: float | None, words: str) -> None:
    with translation.override("fr"):
        assert ui.duration(seconds) == words


@pytest.mark.parametrize(
    ("cents", "french", "english"),
    [
        (123456, "1\u202f234,56\u00a0€", "€1,234.56"),
        (-5, "-0,05\u00a0€", "-€0.05"),
        (None, "–", "–"),
    ],
)
def test_money(cents: int | None, french: str, english: str) -> None:
    with translation.override("fr"):
        assert ui.money(cents) == french
    with translation.override("en"):
        assert ui.money(cents) == english


def test_telephone_numbers_do_not_break_across_lines() -> None:
    assert ui.phone("+33671229018") == "06\u00a071\u00a022\u00a090\u00a018"
    assert ui.phone("") == ""


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(0), "12\u00a0h\u00a000"),
        (timedelta(days=1), "hier 12\u00a0h\u00a000"),
        (timedelta(days=-1), "demain 12\u00a0h\u00a000"),
        (timedelta(days=30), "24/10/2026"),
    ],
)
def test_instants_are_short_near_today(ago: timedelta, words: str) -> None:
    with clock.at(NOON), translation.override("fr"):
        shown = str(ui.instant(NOON - ago))
    assert f">{words}</time>" in shown
    assert 'title="' in shown


def test_timers_carry_the_moment_they_run_from() -> None:
    with clock.at(NOON):
        assert ">1:00</time>" in str(ui.since(NOON - timedelta(minutes=1)))
        assert "data-lc-until=" in str(ui.until(NOON + timedelta(minutes=1)))


def test_an_icon_is_decoration_unless_it_is_named() -> None:
    assert 'aria-hidden="true"' in drawn('{% icon "phone" %}')
    assert 'role="img" aria-label="Appel"' in drawn('{% icon "phone" "Appel" %}')
    assert drawn('{% icon "" %}') == ""


def test_what_a_badge_says_is_text() -> None:
    assert "&lt;b&gt;" in drawn("{% state_badge 'ok' label %}", label="<b>")


class Sample(forms.Form):
    phone = PhoneField(label="Téléphone", help_text="Le plus simple")
    at = DateTimeField(label="Quand", required=False)
    mine = forms.BooleanField(label="Moi", required=False)


def test_a_field_ties_its_label_help_and_errors_together() -> None:
    form = Sample({"phone": "abc"})
    shown = drawn("{% field form.phone %}", form=form)
    assert '<label for="id_phone">' in shown
    assert 'aria-invalid="true"' in shown
    assert 'aria-describedby="id_phone_helptext id_phone_error"' in shown
    assert 'id="id_phone_error"' in shown
    assert "lc-field-check" in drawn("{% field form.mine %}", form=form)


def test_a_telephone_field_cleans_to_e164() -> None:
    form = Sample({"phone": "06 71 22 90 18", "at": "2026-11-23T12:00"})
    assert form.is_valid()
    assert form.cleaned_data["phone"] == "+33671229018"
    assert form.cleaned_data["at"] == NOON


def test_panels_are_those_of_the_role_in_order() -> None:
    slot = "test.slot"
    made = [
        Panel(slot, "late", "desks:floor", "Late", order=20),
        Panel(slot, "first", "desks:home", "First", order=10),
        Panel(slot, "office", "desks:office", "Office", roles=(ADMINISTRATOR,)),
    ]
    for panel in made:
        declare(panel)
    try:
        request = RequestFactory().get("/floor")
        request.viewer = Viewer(1, ADVISOR)  # type: ignore[attr-defined]
        with translation.override("en"):
            shown = drawn('{% panel_links "test.slot" %}', request=request)
    finally:
        for panel in made:
            panels.remove(f"{slot}/{panel.key}")
    assert shown.index("First") < shown.index("Late")
    assert "Office" not in shown
    assert 'href="/floor" aria-current="page"' in shown
