"""A refused or stale form: what is wrong stands beside its field, and nothing that was typed is lost."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, QueryDict
from django.test import RequestFactory
from django.utils import translation

from ligne.kit.errors import Conflict, Invalid
from ligne.kit.saving import VersionedForm, form_page


class Fence(VersionedForm):
    """One field of each kind."""

    BESIDE: ClassVar[dict[str, str]] = {"height": "height_cm"}

    name = forms.CharField(label="Name", max_length=20)
    height_cm = forms.IntegerField(label="Height", required=False)
    price = forms.DecimalField(label="Price", required=False, localize=True)
    painted = forms.BooleanField(label="Painted", required=False)
    colour = forms.ChoiceField(label="Colour", choices=[("", "–"), ("Warm", [("r", "Red"), ("o", "Orange")])])
    sides = forms.TypedMultipleChoiceField(label="Sides", coerce=int, choices=[(1, "North"), (2, "South")])
    text = forms.CharField(label="Text", required=False, widget=forms.Textarea)
    plan = forms.FileField(label="Plan", required=False)
    secret = forms.CharField(label="Secret", required=False, widget=forms.PasswordInput)


PRESENT: dict[str, Any] = {
    "version": 2,
    "name": "Hedge",
    "height_cm": 120,
    "price": 12.5,
    "painted": True,
    "colour": "r",
    "sides": [1, 2],
    "text": "one\ntwo",
}


def typed(**changes: Any) -> Fence:
    """The form as a browser posts it: the present values, but for `changes` (None: not sent)."""
    data = QueryDict(mutable=True)
    same = {"version": "1", "name": "Hedge", "height_cm": "120", "price": "12,5", "painted": "on", "colour": "r"}
    for name, value in ({**same, "text": "one\r\ntwo", "sides": ["1", "2"]} | changes).items():
        if name != "plan" and value is not None:
            data.setlist(name, value if isinstance(value, list) else [value])
    return Fence(data, {"plan": changes["plan"]} if "plan" in changes else None)


def test_what_was_not_changed_is_not_told() -> None:
    with translation.override("fr"):
        assert typed().unlike(Fence(initial=PRESENT)) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "Wall"}, ("Name", "Wall")),
        ({"name": ""}, ("Name", "–")),
        ({"height_cm": "0"}, ("Height", "0")),
        ({"height_cm": "tall"}, ("Height", "tall")),
        ({"price": "12,75"}, ("Price", "12,75")),
        ({"painted": None}, ("Painted", "non")),
        ({"colour": "o"}, ("Colour", "Orange")),
        ({"sides": ["2"]}, ("Sides", "South")),
        ({"sides": None}, ("Sides", "–")),
        ({"text": "one\r\nthree"}, ("Text", "one\nthree")),
        ({"plan": SimpleUploadedFile("plan.pdf", b"%PDF")}, ("Plan", "plan.pdf")),
    ],
)
def test_what_was_typed_is_told_in_its_own_words(changes: dict[str, Any], told: tuple[str, str]) -> None:
    with translation.override("fr"):
        assert typed(**changes).unlike(Fence(initial=PRESENT)) == [told]


def test_a_password_is_never_shown() -> None:
    with translation.override("fr"):
        assert typed(secret="opensesame").unlike(Fence(initial=PRESENT)) == []


@pytest.mark.parametrize(
    ("field", "beside"),
    [("name", "name"), ("height", "height_cm"), ("version", None), ("unknown", None), (None, None)],
)
def test_an_error_stands_beside_its_field_or_above_the_form(field: str | None, beside: str | None) -> None:
    form = typed()
    assert form.is_valid()
    form.refuse(Invalid("No.", field=field))
    assert form.errors == {beside or "__all__": ["No."]}


def submit(sent: Fence, error: Exception | None) -> Any:
    """The answer of the page when the verb raises `error`."""

    def verb(valid: Fence) -> int:
        assert valid is sent
        if error is not None:
            raise error
        return 7

    return page(RequestFactory().post("/fence/"), sent, verb)


def page(request: HttpRequest, sent: Fence | None, verb: Any) -> Any:
    return form_page(
        request,
        form=lambda data: Fence(initial=PRESENT) if data is None or sent is None else sent,
        verb=verb,
        template="kit/form.html",
        context={"action": "/fence/"},
        done=lambda row: f"/fence/{row}/",
    )


def test_a_page_shows_the_present_and_runs_nothing() -> None:
    def verb(_sent: Fence) -> int:
        raise AssertionError

    answer = page(RequestFactory().get("/fence/"), None, verb)
    assert answer.status_code == 200
    assert 'value="Hedge"' in answer.content.decode()


def test_what_is_saved_leads_on() -> None:
    answer = submit(typed(), None)
    assert (answer.status_code, answer["Location"]) == (302, "/fence/7/")


def test_a_form_without_its_version_is_refused_and_keeps_what_was_typed() -> None:
    answer = submit(typed(version=None, name="Wall"), None)
    assert answer.status_code == 422
    assert 'value="Wall"' in answer.content.decode()


def test_a_stale_form_shows_the_present_and_what_was_typed() -> None:
    answer = submit(typed(name="Wall"), Conflict())
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert 'value="Hedge"' in shown
    assert 'name="version" value="2"' in shown
    assert "<dd><pre>Wall</pre></dd>" in shown


def test_a_name_already_taken_is_told_beside_it_with_all_that_was_typed() -> None:
    answer = submit(typed(name="Wall", height_cm="90"), Conflict("Taken.", field="name"))
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "Taken." in shown
    assert 'value="Wall"' in shown
    assert 'value="90"' in shown
