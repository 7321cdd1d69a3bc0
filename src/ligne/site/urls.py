"""The addresses of the centre: each app serves its own."""

from __future__ import annotations

from django.urls import include, path

from ligne.site import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("metrics", health.prometheus, name="metrics"),
    path("accounts/", include("allauth.urls")),
    path("", include("ligne.channels.chat.urls")),
    path("", include("ligne.channels.web.urls")),
]
