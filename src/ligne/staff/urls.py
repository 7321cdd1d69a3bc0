"""The staff app's addresses: a person's own pages under /staff/, an administrator's under /office/."""

from __future__ import annotations

from django.urls import path

from ligne.staff.views import me, people, principals, skills, teams, tokens

app_name = "staff"

urlpatterns = [
    path("staff/bar/", me.bar, name="bar"),
    path("staff/presence/", me.presence, name="presence"),
    path("staff/presence/<int:user_id>/", me.presence_of, name="presence_of"),
    path("staff/after-call/", me.after_call, name="after_call"),
    path("staff/profile/", me.profile, name="profile"),
    path("staff/me/", me.page, name="me"),
    path("office/people/", people.index, name="people"),
    path("office/people/new/", people.create, name="person_new"),
    path("office/people/<int:user_id>/", people.edit, name="person"),
    path("office/people/<int:user_id>/skills/", people.skills, name="person_skills"),
    path("office/people/<int:user_id>/capacities/", people.capacities, name="person_capacities"),
    path("office/people/<int:user_id>/active/", people.activity, name="person_activity"),
    path("office/people/<int:user_id>/link/", people.link, name="person_link"),
    path("office/teams/", teams.index, name="teams"),
    path("office/teams/new/", teams.create, name="team_new"),
    path("office/teams/<int:team_id>/", teams.edit, name="team"),
    path("office/teams/<int:team_id>/remove/", teams.remove, name="team_remove"),
    path("office/skills/", skills.index, name="skills"),
    path("office/skills/new/", skills.create, name="skill_new"),
    path("office/skills/<int:skill_id>/", skills.edit, name="skill"),
    path("office/skills/<int:skill_id>/remove/", skills.remove, name="skill_remove"),
    path("office/principals/", principals.index, name="principals"),
    path("office/principals/new/", principals.create, name="principal_new"),
    path("office/principals/<int:principal_id>/", principals.edit, name="principal"),
    path("office/principals/<int:principal_id>/grants/", principals.grant, name="grant_new"),
    path("office/tokens/", tokens.index, name="tokens"),
    path("office/tokens/<int:token_id>/revoke/", tokens.revoke, name="token_revoke"),
    path("office/grants/<int:grant_id>/remove/", principals.grant_remove, name="grant_remove"),
]
