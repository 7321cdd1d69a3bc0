"""Office: skills."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from ligne.kit.http import only, viewer_of
from ligne.kit.saving import Data, RefusableForm, VersionedForm, form_page
from ligne.kit.viewer import ADMINISTRATOR, Viewer
from ligne.staff import reads, services


class NewSkillForm(RefusableForm):
    """A skill to create."""

    principal_id = forms.TypedChoiceField(label=_("Principal"), coerce=int)
    name = forms.CharField(label=_("Name"), max_length=120)
    slug = forms.CharField(
        label=_("Short name"),
        required=False,
        max_length=50,
        help_text=_("By which queues ask for it; made from the name when left empty."),
    )

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["principal_id"].choices = [(p.pk, p.name) for p in reads.principals(viewer)]  # type: ignore[attr-defined]


class SkillForm(VersionedForm):
    """A skill to rename."""

    name = forms.CharField(label=_("Name"), max_length=120)


@only(ADMINISTRATOR)
def index(request: HttpRequest) -> HttpResponse:
    """Every skill of the administrator's principals."""
    return render(request, "staff/skills.html", {"skills": reads.skills(viewer_of(request)), "nav_slot": "office.nav"})


@only(ADMINISTRATOR, methods=("GET", "POST"))
def create(request: HttpRequest) -> HttpResponse:
    """Name a skill."""
    viewer = viewer_of(request)
    return form_page(
        request,
        form=lambda data: NewSkillForm(viewer, data),
        verb=lambda sent: services.create_skill(viewer, **sent.cleaned_data),
        template="staff/form.html",
        context={"nav_slot": "office.nav", "title": _t("New skill"), "back": reverse("staff:skills")},
        done="staff:skills",
    )


@only(ADMINISTRATOR, methods=("GET", "POST"))
def edit(request: HttpRequest, skill_id: int) -> HttpResponse:
    """Rename a skill."""
    viewer = viewer_of(request)

    def form(data: Data) -> SkillForm:
        skill = reads.skill(viewer, skill_id)
        return SkillForm(data, initial={"name": skill.name, "version": skill.version})

    context = {
        "nav_slot": "office.nav",
        "title": reads.skill(viewer, skill_id).name,
        "back": reverse("staff:skills"),
        "removal": reverse("staff:skill_remove", args=[skill_id]),
    }
    return form_page(
        request,
        form=form,
        verb=lambda sent: services.update_skill(viewer, skill_id=skill_id, **sent.cleaned_data),
        template="staff/form.html",
        context=context,
        done="staff:skills",
    )


@only(ADMINISTRATOR, methods=("POST",))
def remove(request: HttpRequest, skill_id: int) -> HttpResponse:
    """Forget a skill."""
    services.remove_skill(viewer_of(request), skill_id=skill_id)
    messages.success(request, _t("The skill is gone; nobody has a level in it any more."))
    return redirect("staff:skills")
