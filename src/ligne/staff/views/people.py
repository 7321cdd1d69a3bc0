"""Office: people. List, create, change, close; their skills and capacities; the link by which they set a password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from ligne.kit.errors import DomainError
from ligne.kit.http import only, sentence_of, viewer_of
from ligne.kit.saving import Data, VersionedForm, form_page
from ligne.kit.viewer import ADMINISTRATOR, ADVISOR, QUALITY, ROLES, SUPERVISOR, Viewer
from ligne.staff import ports, reads, services, words
from ligne.staff.models import Skill, User

ROLE_LABELS = {
    ADVISOR: _("Advisor"),
    SUPERVISOR: _("Supervisor"),
    QUALITY: _("Quality"),
    ADMINISTRATOR: _("Administrator"),
}


class PersonForm(VersionedForm):
    """An account."""

    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.CharField(label=_("E-mail address"), max_length=254, help_text=_("Also the name to sign in with."))
    role = forms.ChoiceField(label=_("Role"), choices=[(role, ROLE_LABELS[role]) for role in ROLES])
    team_id = forms.TypedChoiceField(label=_("Team"), required=False, coerce=int, empty_value=None)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    principal_ids = forms.TypedMultipleChoiceField(
        label=_("Works for"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team_id"].choices = [("", "–"), *((t.pk, t.name) for t in reads.teams(viewer))]  # type: ignore[attr-defined]
        self.fields["principal_ids"].choices = [(p.pk, p.name) for p in reads.principals(viewer)]  # type: ignore[attr-defined]


def _initial(viewer: Viewer, user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "email": user.email,
        "role": user.role,
        "team_id": user.team_id,
        "language": user.language,
        "principal_ids": [pk for pk in user.principals.values_list("pk", flat=True) if viewer.sees(pk)],
        "version": user.version,
    }


@only(ADMINISTRATOR)
def index(request: HttpRequest) -> HttpResponse:
    """Everybody, found by name or address, with those whose account is closed on demand."""
    q, closed = request.GET.get("q", "").strip(), request.GET.get("closed") == "1"
    role = request.GET.get("role", "")
    rows = reads.people(viewer_of(request), q=q, role=role if role in ROLES else "", active=None if closed else True)
    for row in rows:
        row.role_label = ROLE_LABELS[row.role]  # type: ignore[attr-defined]
    context = {"people": rows, "q": q, "closed": closed, "role": role, "roles": ROLE_LABELS.items()}
    return render(request, "staff/people.html", context | {"nav_slot": "office.nav"})


@only(ADMINISTRATOR, methods=("GET", "POST"))
def create(request: HttpRequest) -> HttpResponse:
    """Open an account."""
    viewer = viewer_of(request)

    def form(data: Data) -> PersonForm:
        first = [p.pk for p in reads.principals(viewer)]
        return PersonForm(viewer, data, initial={"role": ADVISOR, "language": "fr", "principal_ids": first})

    def verb(sent: PersonForm) -> User:
        sent.cleaned_data.pop("version")
        return services.create_person(viewer, **sent.cleaned_data)

    return form_page(
        request,
        form=form,
        verb=verb,
        template="staff/form.html",
        context={"nav_slot": "office.nav", "title": _t("New person"), "back": reverse("staff:people")},
        done=lambda user: reverse("staff:person", args=[user.pk]),
        said=_t("The account is open. Hand over the link below to set a password."),
    )


@only(ADMINISTRATOR, methods=("GET", "POST"))
def edit(request: HttpRequest, user_id: int) -> HttpResponse:
    """One account: who they are, what they master, how much at once."""
    viewer = viewer_of(request)

    def form(data: Data) -> PersonForm:
        return PersonForm(viewer, data, initial=_initial(viewer, reads.person(viewer, user_id)))

    return form_page(
        request,
        form=form,
        verb=lambda sent: services.update_person(viewer, user_id=user_id, **sent.cleaned_data),
        template="staff/person.html",
        context=_page(viewer, reads.person(viewer, user_id)),
        done=request.path,
        said=_t("Saved."),
    )


def _page(viewer: Viewer, user: User) -> dict[str, Any]:
    """What the page of one account shows beside its form."""
    here = reads.presence(user.pk)
    state = here.state if here else words.OFFLINE
    levels, limits = reads.levels(viewer, user.pk), reads.capacities(user.pk)
    return {
        "nav_slot": "office.nav",
        "person": user,
        "state_label": words.STATE_LABELS[state],
        "state_tone": words.STATE_TONES[state],
        "skills": [_skill_row(skill, levels.get(skill.pk)) for skill in reads.skills(viewer)],
        "level_choices": range(1, 6),
        "capacities": [
            {"key": c.key, "label": c.label, "default": c.default, "limit": limits.get(c.key)} for c in ports.capacities
        ],
    }


def _skill_row(skill: Skill, level: int | None) -> dict[str, Any]:
    return {"id": skill.pk, "name": skill.name, "principal": skill.principal.name, "level": level}


@only(ADMINISTRATOR, methods=("POST",))
def skills(request: HttpRequest, user_id: int) -> HttpResponse:
    """Set the levels of the skills on the page."""
    viewer = viewer_of(request)
    levels = {skill.pk: _number(request, f"level_{skill.pk}") for skill in reads.skills(viewer)}

    def verb() -> None:
        services.set_skill_levels(viewer, user_id=user_id, levels=levels, version=_number(request, "version"))

    return _tell(request, user_id, verb)


@only(ADMINISTRATOR, methods=("POST",))
def capacities(request: HttpRequest, user_id: int) -> HttpResponse:
    """Set how many exchanges at once, channel by channel; an empty box means the channel's default."""
    limits = {c.key: _number(request, f"capacity_{c.key}") for c in ports.capacities}

    def verb() -> None:
        services.set_capacities(viewer_of(request), user_id=user_id, limits=limits, version=_number(request, "version"))

    return _tell(request, user_id, verb)


@only(ADMINISTRATOR, methods=("POST",))
def activity(request: HttpRequest, user_id: int) -> HttpResponse:
    """Close the account, or open it again."""

    def verb() -> None:
        change = services.reactivate if request.POST.get("active") == "1" else services.deactivate
        change(viewer_of(request), user_id=user_id)

    return _tell(request, user_id, verb)


@only(ADMINISTRATOR, methods=("POST",))
def link(request: HttpRequest, user_id: int) -> HttpResponse:
    """A link by which the person sets a new password; shown once, to be handed over, good until it is used."""
    from allauth.account.forms import default_token_generator
    from allauth.account.utils import user_pk_to_url_str

    user = reads.person(viewer_of(request), user_id)
    uid, key = user_pk_to_url_str(user), default_token_generator.make_token(user)
    address = request.build_absolute_uri(reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": key}))
    return render(request, "staff/_link.html", {"address": address, "person": user})


def _tell(request: HttpRequest, user_id: int, verb: Any) -> HttpResponse:
    """Run `verb`, say what came of it above the page, and show the page again."""
    try:
        verb()
    except DomainError as error:
        messages.error(request, sentence_of(error))
    else:
        messages.success(request, _t("Saved."))
    return redirect("staff:person", user_id=user_id)


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.POST.get(name, "").strip()
    return int(text) if text.lstrip("-").isdigit() and len(text) < 10 else None
