"""Forms that change a row: how a refused one and a stale one are shown again. Nothing that was typed is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeVar

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.choices import flatten_choices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ligne.kit.errors import Conflict, DomainError
from ligne.kit.http import sentence_of


class RefusableForm(forms.Form):
    """A form whose errors come from the domain: the verbs check, the form shows.

    `BESIDE` names the field beside which an error is told when the verb's argument is called otherwise.
    """

    BESIDE: ClassVar[dict[str, str]] = {}

    def place(self, error: DomainError) -> str | None:
        """The visible field that `error` is about; None when it is about the whole form."""
        name = self.BESIDE.get(error.field or "", error.field or "")
        return name if name in self.fields and not self.fields[name].widget.is_hidden else None

    def refuse(self, error: DomainError) -> None:
        """Show a domain error beside its field, or above the form."""
        self.add_error(self.place(error), sentence_of(error))

    def unlike(self, present: forms.Form) -> list[tuple[str, str]]:
        """(label, what was typed) for each visible field that says something else than in `present`; no password."""
        return [
            (str(typed.label), _told(typed))
            for typed in self.visible_fields()
            if typed.name in present.fields and not isinstance(typed.field.widget, forms.PasswordInput)
            if typed.field.has_changed(present[typed.name].value(), _plain(typed.data))
        ]


class VersionedForm(RefusableForm):
    """A form that remembers which version of the row it was made from; 0 for a row to make."""

    version = forms.IntegerField(
        widget=forms.HiddenInput,
        initial=0,
        error_messages={"required": _("This page is incomplete. Nothing was saved; load it again.")},
    )


F = TypeVar("F", bound=RefusableForm)
Data = QueryDict | None


def _plain(data: Any) -> Any:
    # A browser sends the ends of lines as CRLF; kept text has LF.
    return data.replace("\r\n", "\n") if isinstance(data, str) else data


def _told(typed: forms.BoundField) -> str:
    """What was typed or chosen, in words."""
    if isinstance(typed.field, forms.BooleanField):
        return gettext("yes") if typed.field.to_python(typed.data) else gettext("no")
    choices: Iterable[tuple[Any, Any]] = flatten_choices(getattr(typed.field, "choices", []))
    labels = {str(key): str(label) for key, label in choices}
    many = typed.data if isinstance(typed.data, list) else [typed.data]
    said = [one.name if isinstance(one, UploadedFile) else _plain(one) for one in many]
    return ", ".join(labels.get(str(one), str(one)) for one in said if one not in (None, "")) or "–"


def form_page(
    request: HttpRequest,
    *,
    form: Callable[[Data], F],
    verb: Callable[[F], Any],
    template: str,
    context: dict[str, Any],
    done: str | Callable[[Any], str],
    said: str = "",
) -> HttpResponse:
    """A page with one form: shown on GET; on POST, `verb` runs on the valid form, `said` is told, and the browser goes
    to `done`: an address or route, or a function that makes one of the verb's result.

    `form` makes the form of what was sent, or of the row's present state when given None. What does not fit is shown
    beside its field, with all that was typed (422; a name already taken, 409). When the row changed meanwhile (409),
    the form shows its present state and, above it, what was typed and differs.
    """

    def shown(status: int, **what: Any) -> HttpResponse:
        return render(request, template, context | what, status=status)

    if request.method != "POST":
        return shown(200, form=form(None))
    sent = form(request.POST)
    if not sent.is_valid():
        return shown(422, form=sent)
    try:
        result = verb(sent)
    except DomainError as error:
        conflict = isinstance(error, Conflict)
        if conflict and sent.place(error) is None:
            present = form(None)
            return shown(409, form=present, stale=sentence_of(error), typed=sent.unlike(present))
        sent.refuse(error)
        return shown(409 if conflict else 422, form=sent)
    if said:
        messages.success(request, said)
    return redirect(done(result) if callable(done) else done)
