"""Office: teams."""

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
from ligne.kit.saving import Data, VersionedForm, form_page
from ligne.kit.viewer import ADMINISTRATOR
from ligne.staff import reads, services


class TeamForm(VersionedForm):
    """A team's name."""

    name = forms.CharField(label=_("Name"), max_length=120)


@only(ADMINISTRATOR)
def index(request: HttpRequest) -> HttpResponse:
    """Every team."""
    return render(request, "staff/teams.html", {"teams": reads.teams(viewer_of(request)), "nav_slot": "office.nav"})


@only(ADMINISTRATOR, methods=("GET", "POST"))
def create(request: HttpRequest) -> HttpResponse:
    """Make a team."""

    def verb(sent: TeamForm) -> None:
        services.create_team(viewer_of(request), name=sent.cleaned_data["name"])

    return _form(request, _t("New team"), verb, TeamForm)


@only(ADMINISTRATOR, methods=("GET", "POST"))
def edit(request: HttpRequest, team_id: int) -> HttpResponse:
    """Rename a team, or see who is in it."""

    def form(data: Data) -> TeamForm:
        team = reads.team(team_id)
        return TeamForm(data, initial={"name": team.name, "version": team.version})

    def verb(sent: TeamForm) -> None:
        services.update_team(viewer_of(request), team_id=team_id, **sent.cleaned_data)

    team = reads.team(team_id)
    members = [person for person in reads.people(viewer_of(request)) if person.team_id == team_id]
    extra = {"members": members, "removal": reverse("staff:team_remove", args=[team_id])}
    return _form(request, team.name, verb, form, extra)


def _form(request: HttpRequest, title: str, verb: Any, form: Any, extra: dict[str, Any] | None = None) -> HttpResponse:
    context = {"nav_slot": "office.nav", "title": title, "back": reverse("staff:teams"), **(extra or {})}
    return form_page(request, form=form, verb=verb, template="staff/form.html", context=context, done="staff:teams")


@only(ADMINISTRATOR, methods=("POST",))
def remove(request: HttpRequest, team_id: int) -> HttpResponse:
    """Dissolve a team."""
    services.remove_team(viewer_of(request), team_id=team_id)
    messages.success(request, _t("The team is dissolved; its people remain, without a team."))
    return redirect("staff:teams")
