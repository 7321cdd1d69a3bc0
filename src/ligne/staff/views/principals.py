"""Office: the companies served, their policies and the limits of responsibility."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from ligne.kit.errors import DomainError
from ligne.kit.http import only, sentence_of, viewer_of
from ligne.kit.saving import Data, VersionedForm, form_page
from ligne.kit.viewer import ADMINISTRATOR, ROLES, Viewer
from ligne.staff import ports, reads, services
from ligne.staff.models import Principal
from ligne.staff.views.people import ROLE_LABELS


class PrincipalForm(VersionedForm):
    """A company served, and one field for each policy that the apps declare."""

    name = forms.CharField(label=_("Name"), max_length=120)
    legal_name = forms.CharField(label=_("Legal name"), required=False, max_length=200)
    zone = forms.CharField(label=_("Time zone"), initial="Europe/Paris", max_length=64)
    colour = forms.CharField(
        label=_("Colour"), initial="#1d4ed8", widget=forms.TextInput(attrs={"type": "color"}), max_length=7
    )
    active = forms.BooleanField(label=_("We work for this principal"), required=False, initial=True)

    def __init__(self, *args: Any, is_new: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_new:
            slug = forms.CharField(
                label=_("Short name"), max_length=50, help_text=_("Small letters, digits and hyphens; it stays.")
            )
            self.fields = {"slug": slug, **self.fields}
        for policy in ports.policies:
            self.fields[f"policy_{policy.key}"] = _field(policy)

    def facts(self) -> dict[str, Any]:
        """The form's values as the verb wants them."""
        values = self.cleaned_data
        facts = {key: value for key, value in values.items() if not key.startswith("policy_")}
        facts["policies"] = {
            policy.key: _value(policy, values[f"policy_{policy.key}"])
            for policy in ports.policies
            if values.get(f"policy_{policy.key}") is not None
        }
        return facts


def _field(policy: ports.Policy) -> forms.Field:
    text = {"label": _t(policy.label), "help_text": _t(policy.help) if policy.help else "", "required": False}
    if policy.kind == ports.YES_NO:
        return forms.BooleanField(**text)  # type: ignore[arg-type]
    if policy.kind == ports.NUMBER:
        return forms.IntegerField(min_value=policy.low, max_value=policy.high, **text)  # type: ignore[arg-type]
    return forms.CharField(max_length=5000, widget=forms.Textarea(attrs={"rows": 4}), **text)  # type: ignore[arg-type]


def _value(policy: ports.Policy, value: Any) -> Any:
    """What the form holds, as the policy's kind."""
    if policy.kind == ports.LINES:
        return [line.strip() for line in value.splitlines() if line.strip()]
    return value


def _initial(principal: Principal) -> dict[str, Any]:
    first: dict[str, Any] = {
        field: getattr(principal, field) for field in ("name", "legal_name", "zone", "colour", "active", "version")
    }
    for policy in ports.policies:
        value = principal.policies.get(policy.key, policy.default)
        first[f"policy_{policy.key}"] = "\n".join(value) if policy.kind == ports.LINES else value
    return first


@only(ADMINISTRATOR)
def index(request: HttpRequest) -> HttpResponse:
    """Every company served that the administrator sees."""
    rows = reads.principals(viewer_of(request), active=None)
    return render(request, "staff/principals.html", {"principals": rows, "nav_slot": "office.nav"})


@only(ADMINISTRATOR, methods=("GET", "POST"))
def create(request: HttpRequest) -> HttpResponse:
    """Begin to serve a company."""

    def verb(sent: PrincipalForm) -> None:
        facts = sent.facts()
        facts.pop("version")
        services.create_principal(viewer_of(request), **facts)

    return form_page(
        request,
        form=lambda data: PrincipalForm(data, is_new=True),
        verb=verb,
        template="staff/form.html",
        context={"nav_slot": "office.nav", "title": _t("New principal"), "back": reverse("staff:principals")},
        done="staff:principals",
    )


@only(ADMINISTRATOR, methods=("GET", "POST"))
def edit(request: HttpRequest, principal_id: int) -> HttpResponse:
    """One company served."""
    viewer = viewer_of(request)

    def form(data: Data) -> PrincipalForm:
        return PrincipalForm(data, initial=_initial(reads.principal(viewer, principal_id)))

    return form_page(
        request,
        form=form,
        verb=lambda sent: services.update_principal(viewer, principal_id=principal_id, **sent.facts()),
        template="staff/principal.html",
        context=_page(viewer, reads.principal(viewer, principal_id)),
        done=request.path,
        said=_t("Saved."),
    )


class GrantForm(forms.Form):
    """What a role or one person may decide alone."""

    action = forms.ChoiceField(label=_("May decide"))
    holder = forms.ChoiceField(label=_("Who"))
    limit_euros = forms.DecimalField(
        label=_("Up to, in euros"), required=False, min_value=0, max_value=1_000_000, decimal_places=2, localize=True
    )
    limit_percent = forms.IntegerField(label=_("Up to, in per cent"), required=False, min_value=0, max_value=100)

    def __init__(self, viewer: Viewer, principal_id: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [p for p in reads.people(viewer) if any(x.pk == principal_id for x in p.seen_principals)]  # type: ignore[attr-defined]
        self.fields["action"].choices = [(a.key, _t(a.label)) for a in ports.actions]  # type: ignore[attr-defined]
        self.fields["holder"].choices = [  # type: ignore[attr-defined]
            (_t("A role"), [(f"role:{role}", ROLE_LABELS[role]) for role in ROLES]),
            (_t("A person"), [(f"user:{person.pk}", person.name) for person in people]),
        ]


def _page(viewer: Viewer, principal: Principal) -> dict[str, Any]:
    granted = reads.granted(viewer, principal.pk) if viewer.sees(principal.pk) else []
    for grant_row in granted:
        grant_row.action_label = _label_of(grant_row.action)  # type: ignore[attr-defined]
        grant_row.holder = grant_row.user.name if grant_row.user else ROLE_LABELS[grant_row.role]  # type: ignore[attr-defined]
    return {
        "nav_slot": "office.nav",
        "principal": principal,
        "grants": granted,
        "grant_form": GrantForm(viewer, principal.pk, prefix="grant"),
    }


def _label_of(action: str) -> str:
    return _t(ports.actions.get(action).label) if action in ports.actions else action


@only(ADMINISTRATOR, methods=("POST",))
def grant(request: HttpRequest, principal_id: int) -> HttpResponse:
    """Grant something."""
    viewer = viewer_of(request)
    principal = reads.principal(viewer, principal_id)
    form = GrantForm(viewer, principal_id, request.POST, prefix="grant")
    if form.is_valid():
        kind, _sep, who = form.cleaned_data["holder"].partition(":")
        euros = form.cleaned_data["limit_euros"]
        try:
            services.set_grant(
                viewer,
                principal_id=principal_id,
                action=form.cleaned_data["action"],
                role=who if kind == "role" else "",
                user_id=int(who) if kind == "user" else None,
                limit_cents=None if euros is None else round(euros * 100),
                limit_percent=form.cleaned_data["limit_percent"],
            )
        except DomainError as error:
            form.add_error(None, sentence_of(error))
        else:
            messages.success(request, _t("Granted."))
            return redirect("staff:principal", principal_id=principal_id)
    context = _page(viewer, principal) | {"form": PrincipalForm(initial=_initial(principal)), "grant_form": form}
    return render(request, "staff/principal.html", context, status=422)


@only(ADMINISTRATOR, methods=("POST",))
def grant_remove(request: HttpRequest, grant_id: int) -> HttpResponse:
    """Take a grant back."""
    services.remove_grant(viewer_of(request), grant_id=grant_id)
    messages.success(request, _t("The grant is taken back."))
    back = request.POST.get("back", "")
    return redirect(back if back.startswith("/office/") else "staff:principals")
