"""Forms of the customer's file. They only shape what is typed; `customers.rules` decides what fits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ligne.customers.models import Customer, Segment
from ligne.customers.rules import consents as consent_rules
from ligne.customers.rules import facts
from ligne.customers.rules import links as link_rules
from ligne.kit.saving import RefusableForm


def choices(options: Mapping[str, str], *, empty: str | None = None) -> list[tuple[str, str]]:
    """Choices in the reader's language, with an empty one first if it has a label."""
    told = [(key, gettext(label)) for key, label in options.items()]
    return told if empty is None else [("", empty), *told]


class FileForm(RefusableForm):
    """The identity part of a file. A name is never required."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    kind = forms.ChoiceField(label=_("Kind"))
    civility = forms.ChoiceField(
        label=_("Form of address"), required=False, choices=[("", "–"), ("Mme", "Mme"), ("M.", "M.")]
    )
    first_name = forms.CharField(label=_("First name"), max_length=100, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=100, required=False)
    company_name = forms.CharField(label=_("Company"), max_length=200, required=False)
    siren = forms.CharField(label=_("SIREN"), max_length=20, required=False)
    siret = forms.CharField(label=_("SIRET"), max_length=25, required=False)
    birth_date = forms.CharField(label=_("Date of birth"), required=False, max_length=10, help_text=_("As 23/11/1980."))
    status = forms.ChoiceField(label=_("Status"))
    segment = forms.ChoiceField(label=_("Segment"), required=False)
    csp = forms.ChoiceField(label=_("Occupation"), required=False)
    external_ref = forms.CharField(label=_("Reference"), max_length=60, required=False)
    fragile = forms.BooleanField(
        label=_("Handle with care"), required=False, help_text=_("A person in a difficult situation.")
    )
    notes = forms.CharField(label=_("Notes"), required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, principal_id: int | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        segments = Segment.objects.filter(principal_id=principal_id or 0, active=True)
        named = {s.slug: s.label for s in segments}
        present = self.initial.get("segment") or self.data.get("segment", "")
        if present and present not in named:
            named[present] = present
        self._offer("kind", choices(facts.KINDS))
        self._offer("status", choices(facts.STATUSES))
        self._offer("csp", choices(facts.CSP, empty="–"))
        self._offer("segment", [("", "–"), *named.items()])

    def _offer(self, name: str, options: Iterable[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared so above
        field.choices = list(options)

    def facts(self) -> dict[str, Any]:
        """What was typed, for the verb; a kept finer occupation code is left alone when its group did not change."""
        typed = {name: value for name, value in self.cleaned_data.items() if name in facts.FIELDS}
        kept = str(self.initial.get("csp_code", ""))
        if kept and kept[:1] == typed.get("csp"):
            typed["csp"] = kept
        return typed


class NewFileForm(FileForm):
    """A new file: identity, one telephone, one e-mail, one address."""

    principal_id = forms.TypedChoiceField(label=_("Company served"), coerce=int)
    phone = forms.CharField(label=_("Telephone"), max_length=40, required=False)
    email = forms.CharField(label=_("E-mail"), max_length=254, required=False)
    line1 = forms.CharField(label=_("Address"), max_length=200, required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=12, required=False)
    city = forms.CharField(label=_("Town"), max_length=120, required=False)

    def __init__(self, principals: list[tuple[int, str]], principal_id: int | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(principal_id, *args, **kwargs)
        self._offer("principal_id", [(str(pk), name) for pk, name in principals])


def initial_of(customer: Customer) -> dict[str, Any]:
    """What the edit form starts from."""
    plain = {name: getattr(customer, name) for name in facts.FIELDS}
    born = f"{customer.birth_date:%d/%m/%Y}" if customer.birth_date else ""
    return plain | {
        "birth_date": born,
        "csp": customer.csp[:1],
        "csp_code": customer.csp,
        "version": customer.version,
    }


class PointForm(RefusableForm):
    """A telephone or an e-mail, told apart by what is typed."""

    value = forms.CharField(label=_("Telephone or e-mail"), max_length=254)
    label = forms.ChoiceField(label=_("Used for"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["label"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared so above
        field.choices = choices(facts.PHONE_LABELS | facts.EMAIL_LABELS, empty=gettext("By the number"))

    @property
    def kind(self) -> str:
        """ "email" when there is an at sign, else "phone"."""
        return "email" if "@" in self.cleaned_data["value"] else "phone"


class AddressForm(RefusableForm):
    """A postal address."""

    line1 = forms.CharField(label=_("Address"), max_length=200, required=False)
    line2 = forms.CharField(label=_("Floor, building"), max_length=200, required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=12, required=False)
    city = forms.CharField(label=_("Town"), max_length=120, required=False)
    country = forms.CharField(label=_("Country"), max_length=2, required=False, initial="FR")
    label = forms.ChoiceField(label=_("Used for"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["label"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared so above
        field.choices = choices(facts.ADDRESS_LABELS)


class ConsentForm(RefusableForm):
    """An agreement, as it was just given."""

    channel = forms.ChoiceField(label=_("Channel"))
    purpose = forms.ChoiceField(label=_("Purpose"))
    source = forms.ChoiceField(label=_("How it was given"))
    items = forms.TypedChoiceField(
        label=_("Mentions read"),
        coerce=int,
        choices=[(n, str(n)) for n in range(consent_rules.ITEMS, -1, -1)],
        help_text=_("Who calls and why; yes or no; for how long; how to withdraw; how to obtain the proof."),
    )
    proof = forms.CharField(
        label=_("Words of the customer"), required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=5000
    )
    file = forms.FileField(
        label=_("File that proves it"),
        required=False,
        allow_empty_file=True,
        help_text=_("A signed paper, a saved form: 25 MB at most, never replaced."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = {"channel": facts.CHANNELS, "purpose": consent_rules.PURPOSES, "source": consent_rules.SOURCES}
        for name, options in asked.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared so above
            field.choices = choices(options)


class ProofForm(RefusableForm):
    """The file that proves a consent already noted."""

    file = forms.FileField(label=_("File that proves it"), allow_empty_file=True)


class LinkForm(RefusableForm):
    """A tie: who, and what they are to this customer."""

    other = forms.IntegerField(label=_("File number of the other"), min_value=1)
    kind = forms.ChoiceField(label=_("They are"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared so above
        field.choices = choices({key: kind.label for key, kind in link_rules.KINDS.items()})


class ImportForm(RefusableForm):
    """A file of customers."""

    principal_id = forms.TypedChoiceField(label=_("Company served"), coerce=int)
    file = forms.FileField(label=_("File"), help_text=_("CSV or XLSX, 500 MB at most."))
    dry_run = forms.BooleanField(
        label=_("Try first, write nothing"),
        required=False,
        initial=True,
        help_text=_("Tells what would be created, changed and refused."),
    )

    def __init__(self, principals: list[tuple[int, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["principal_id"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared so above
        field.choices = [(str(pk), name) for pk, name in principals]
