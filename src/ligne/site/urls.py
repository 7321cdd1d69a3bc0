"""The addresses of the centre: each app serves its own."""

from __future__ import annotations

from django.urls import include, path

from ligne.site import health
from ligne.site.api import api, pages

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("metrics", health.prometheus, name="metrics"),
    path("accounts/", include("allauth.urls")),
    path("", include("ligne.journal.urls")),
    path("api/v1/docs", pages.docs, name="api_docs"),
    path("api/v1/", api.urls),
    path("", include("ligne.channels.chat.urls")),
    path("", include("ligne.channels.email.urls")),
    path("", include("ligne.channels.web.urls")),
    path("", include("ligne.routing.urls")),
    path("", include("ligne.staff.urls")),
    path("", include("ligne.customers.urls")),
    path("", include("ligne.contracts.urls")),
    path("", include("ligne.supervision.urls")),
    path("", include("ligne.desks.urls")),
    path("contacts/", include("ligne.contacts.urls")),
    path("office/", include("ligne.contacts.office_urls")),
]
