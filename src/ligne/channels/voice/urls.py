"""Addresses of the telephone at the desk."""

from __future__ import annotations

from django.urls import path

from ligne.channels.voice import views

app_name = "channel_voice"
urlpatterns = [
    path("voice/panel/", views.panel, name="panel"),
    path("voice/softphone/", views.softphone, name="softphone"),
    path("voice/ready/", views.ready, name="ready"),
    path("voice/recording/<int:recording_id>/", views.recording, name="recording"),
    path("voice/desk/<int:contact_id>/", views.desk, name="desk"),
    path("voice/<int:contact_id>/act/", views.act, name="act"),
    path("voice/<int:contact_id>/consult/", views.consult, name="consult"),
    path("voice/<int:contact_id>/dial/", views.dial, name="dial"),
]
