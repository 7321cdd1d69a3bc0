"""Addresses of web calls: the customer's page, what it asks, and the advisor's side."""

from __future__ import annotations

from django.urls import path

from ligne.channels.visio import api, views

app_name = "channel_visio"
urlpatterns = [
    path("call/api/start/", api.start, name="start"),
    path("call/api/<uuid:public_id>/", api.news, name="news"),
    path("call/api/<uuid:public_id>/say/", api.say, name="say"),
    path("call/api/<uuid:public_id>/gone/", api.gone, name="gone"),
    path("call/api/<uuid:public_id>/hang-up/", api.hang_up, name="hang_up"),
    path("call/desk/<int:contact_id>/", views.desk, name="desk"),
    path("call/desk/<int:contact_id>/signals/", views.signals, name="signals"),
    path("call/desk/<int:contact_id>/joined/", views.joined, name="joined"),
    path("call/<slug:queue>/", views.page, name="page"),
]
