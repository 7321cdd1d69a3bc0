"""The office's form of a line."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from ligne.channels.voice.models import Line
from ligne.channels.voice.rules import menus
from ligne.kit.saving import VersionedForm
from ligne.kit.viewer import Viewer
from ligne.routing import reads as routing

_PROMPTS = RegexValidator(
    r"^((sound|recording|tone|number|digits):[\w./;=-]+\s*)*$", _("Sounds are written sound:name, one after the other.")
)
_KEYS = [("", _("None")), *((key, key) for key in menus.KEYS)]
_BEGINNING = re.compile(r"\+[1-9]\d{0,14}")
_STEPS = ("number", "expiry", "code")
_SOUNDS = ("welcome", "closed_prompts", "voicemail_prompts", "call_back_prompts")
_SAME = (
    "name",
    "queue",
    "language",
    "closed_to",
    "position_every_s",
    "call_back_key",
    "recorded_share",
    "objection_key",
    "known_queue",
    "active",
)


class PromptsField(forms.CharField):
    """Names of sounds, in the order in which they are played."""

    def __init__(self, **how: Any) -> None:
        super().__init__(required=False, max_length=1000, validators=[_PROMPTS], **how)


class LineForm(VersionedForm):
    """A number that customers dial: where it leads, what is heard on the way, what is recorded."""

    BESIDE: ClassVar[dict[str, str]] = {"phone": "number"}

    number = forms.CharField(label=_("Number"), max_length=30, help_text=_("As customers dial it; it stays."))
    name = forms.CharField(label=_("Name"), max_length=120)
    queue = forms.ChoiceField(label=_("Queue"), help_text=_("Its hours are the line’s."))
    language = forms.ChoiceField(label=_("Language of the sounds"), choices=[("fr", "Français"), ("en", "English")])
    welcome = PromptsField(label=_("Welcome"), help_text=_("Sounds are written sound:name, one after the other."))
    menu_prompts = PromptsField(label=_("Menu: what is said"))
    closed_prompts = PromptsField(label=_("When closed"))
    closed_to = forms.ChoiceField(
        label=_("Then"), choices=[("voicemail", _("Take a message")), ("hangup", _("Hang up"))]
    )
    voicemail_prompts = PromptsField(label=_("Before a message"))
    position_every_s = forms.IntegerField(
        label=_("Say the place in the line every … seconds"), min_value=15, max_value=600
    )
    call_back_key = forms.ChoiceField(
        label=_("Key to be called back instead of waiting"), choices=_KEYS, required=False
    )
    call_back_prompts = PromptsField(label=_("Call-back: what is said"))
    recorded_share = forms.IntegerField(
        label=_("Calls recorded, out of a hundred"),
        min_value=0,
        max_value=100,
        help_text=_("A sample, never more than the purpose asks for; the welcome has to say it."),
    )
    objection_key = forms.ChoiceField(label=_("Key to refuse the recording"), choices=_KEYS, required=False)
    known_queue = forms.ChoiceField(
        label=_("Customers who are recognised, without the menu"),
        required=False,
        help_text=_("By the number they call from."),
    )
    callers = forms.CharField(
        label=_("Numbers that begin so, without the menu"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line: +33 1 99 = the queue’s short name."),
    )
    payment_number = PromptsField(label=_("Payment by keypad: asks for the number"))
    payment_expiry = PromptsField(label=_("Payment by keypad: asks for the expiry"))
    payment_code = PromptsField(label=_("Payment by keypad: asks for the security code"))
    active = forms.BooleanField(label=_("In service"), required=False, initial=True)

    def __init__(self, viewer: Viewer, principal_id: int, present: Line | None, data: Any = None) -> None:
        super().__init__(data, initial=_initial(present) if present else _FRESH)
        self.present = present
        if present is not None:
            del self.fields["number"]
        queues = [(one.slug, one.name) for one in routing.queues(viewer) if one.principal_id == principal_id]
        self.fields["queue"].choices = queues  # type: ignore[attr-defined]
        self.fields["known_queue"].choices = [("", _("As everybody")), *queues]  # type: ignore[attr-defined]
        acts = [
            ("", _("Nothing")),
            *((f"queue:{slug}", name) for slug, name in queues),
            ("voicemail", _("Take a message")),
            ("repeat", _("Say it again")),
            ("language:fr", _("Go on in French")),
            ("language:en", _("Go on in English")),
        ]
        for key in menus.KEYS:
            label = _("Menu: key %(key)s") % {"key": key}
            self.fields[f"key_{key}"] = forms.ChoiceField(label=label, choices=acts, required=False)
        first = [*(["number"] if present is None else []), "name", "queue", "language", "welcome", "menu_prompts"]
        self.order_fields([*first, *(f"key_{key}" for key in menus.KEYS)])

    def facts(self) -> dict[str, Any]:
        """The values as the verb takes them."""
        values = dict(self.cleaned_data)
        choices = {key: values.pop(f"key_{key}") for key in menus.KEYS}
        for name in _SOUNDS:
            values[name] = values[name].split()
        present: tuple[dict[str, Any], str] = (self.present.menus, self.present.menu) if self.present else ({}, "")
        values["menus"], values["menu"] = menus.with_choices(*present, values.pop("menu_prompts").split(), choices)
        values["callers"] = _callers(values["callers"])
        values["payment_prompts"] = {step: values.pop(f"payment_{step}").split() for step in _STEPS}
        return values

    def clean_callers(self) -> str:
        """Each line names a beginning of numbers and a queue of this company."""
        text: str = self.cleaned_data["callers"]
        known = {slug for slug, _name in self.fields["queue"].choices}  # type: ignore[attr-defined]
        for line in filter(str.strip, text.splitlines()):
            begins, _equals, queue = (part.strip() for part in line.partition("="))
            if not _BEGINNING.fullmatch(begins.replace(" ", "")) or queue not in known:
                raise forms.ValidationError(
                    _("“%(line)s” is no beginning of a number and a queue."), params={"line": line}
                )
        return text


def _callers(text: str) -> dict[str, str]:
    parts = [line.partition("=") for line in text.splitlines() if line.strip()]
    return {begins.replace(" ", ""): queue.strip() for begins, _equals, queue in parts}


_FRESH = {
    "position_every_s": 45,
    "recorded_share": 0,
    "welcome": "sound:hello-world",
    "voicemail_prompts": "sound:vm-intro",
}


def _initial(line: Line) -> dict[str, Any]:
    said = line.menus.get(line.menu, {}).get("prompts", [])
    return {
        "version": line.version,
        "menu_prompts": " ".join(said),
        "callers": "\n".join(f"{begins} = {queue}" for begins, queue in line.callers.items()),
        **{f"payment_{step}": " ".join(line.payment_prompts.get(step, ())) for step in _STEPS},
        **{name: getattr(line, name) for name in _SAME},
        **{name: " ".join(getattr(line, name)) for name in _SOUNDS},
        **{f"key_{key}": choice for key, choice in menus.choices_of(line.menus, line.menu).items()},
    }
