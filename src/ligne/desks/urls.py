"""The pages of the house: one per role, and what they fetch for themselves."""

from __future__ import annotations

from django.urls import path

from ligne.desks import portal, views

app_name = "desks"

urlpatterns = [
    path("", views.home, name="home"),
    path("floor", views.floor, name="floor"),
    path("office", views.office, name="office"),
    path("offer/", views.offer, name="offer"),
    path("exchange/<int:contact_id>/facts/", views.facts, name="facts"),
    path("me/preferences/", views.preferences, name="preferences"),
    path("kit/", views.parts, name="parts"),
    path("demo/", portal.demo, name="demo"),
]
