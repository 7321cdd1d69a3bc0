"""What the office's forms share: how a refused or stale one is shown again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from ligne.kit.errors import Conflict, DomainError
from ligne.kit.http import sentence_of


class VersionedForm(forms.Form):
    """A form that remembers which version of the row it was made from."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    use_required_attribute = True

    def refuse(self, error: DomainError) -> None:
        """Show a domain error beside its field, or above the form."""
        field = error.field if error.field in self.fields else None
        self.add_error(field, sentence_of(error))


def save(
    request: HttpRequest,
    *,
    form: VersionedForm,
    verb: Callable[[dict[str, Any]], object],
    fresh: Callable[[], VersionedForm],
    template: str,
    context: dict[str, Any],
    done: str,
) -> HttpResponse:
    """Run `verb` with the form's values and go to `done`; or show the form again with what is wrong (422).

    When the row changed meanwhile (409), a `fresh` form shows its present state, beside what was typed and differs.
    """
    if form.is_valid():
        try:
            verb(form.cleaned_data)
        except Conflict as stale:
            present = fresh()
            shown = context | {"form": present, "stale": sentence_of(stale), "typed": _differences(form, present)}
            return render(request, template, shown, status=409)
        except DomainError as error:
            form.refuse(error)
        else:
            return redirect(done)
    return render(request, template, context | {"form": form}, status=422)


def _differences(typed: forms.Form, present: forms.Form) -> list[tuple[str, str]]:
    """(label, what was typed) for each visible field whose typed value is not the present one."""
    rows = []
    for field in present.visible_fields():
        mine, theirs = typed[field.name].value(), field.value()
        if _text(mine) != _text(theirs):
            rows.append((str(field.label), _shown(field, mine)))
    return rows


def _text(value: object) -> object:
    return sorted(str(one) for one in value) if isinstance(value, list | tuple) else str(value or "")


def _shown(field: forms.BoundField, value: object) -> str:
    choices = {str(key): str(label) for key, label in getattr(field.field, "choices", [])}
    many = value if isinstance(value, list | tuple) else [value]
    return ", ".join(choices.get(str(one), str(one or "–")) for one in many) or "–"
