"""Addresses of call-back requests: for customers, for sites, for the desk."""

from __future__ import annotations

from django.urls import path

from ligne.channels.web import api, views

app_name = "channel_web"
urlpatterns = [
    path("callback/api/", api.ask, name="api_ask"),
    path("callback/api/slots/<slug:queue>/", api.slots, name="api_slots"),
    path("callback/desk/<int:contact_id>/", views.desk, name="desk"),
    path("callback/promise/<str:link>/", views.promise, name="promise"),
    path("callback/promise/<str:link>/cancel/", views.cancel, name="cancel"),
    path("callback/promise/<str:link>/move/", views.move, name="move"),
    path("callback/<slug:queue>/", views.ask, name="ask"),
]
