"""The addresses of the centre: each app serves its own."""

from __future__ import annotations

from django.urls import include, path, re_path

from ligne.site import accounts, health, shared
from ligne.site.api import api, pages

handler500 = "ligne.site.errors.failed"

# Accounts are an administrator's: addresses are not added, nor passwords asked for by mail, by the person themselves.
_CLOSED = [
    path("email/", accounts.closed, name="account_email"),
    path("confirm-email/", accounts.closed, name="account_email_verification_sent"),
    re_path(r"^confirm-email/(?P<key>[-:\w]+)/$", accounts.closed, name="account_confirm_email"),
    path("password/reset/", accounts.closed, name="account_reset_password"),
    path("password/reset/done/", accounts.closed, name="account_reset_password_done"),
    path("login/code/confirm/", accounts.closed, name="account_confirm_login_code"),
]

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("metrics", health.prometheus, name="metrics"),
    path("files/<str:signed>/", shared.file, name="file"),
    path("accounts/", include(_CLOSED)),
    path("accounts/", include("allauth.urls")),
    path("", include("ligne.journal.urls")),
    path("api/v1/docs", pages.docs, name="api_docs"),
    path("api/v1/", api.urls),
    path("", include("ligne.channels.chat.urls")),
    path("", include("ligne.channels.visio.urls")),
    path("", include("ligne.channels.email.urls")),
    path("", include("ligne.channels.web.urls")),
    path("", include("ligne.channels.voice.urls")),
    path("", include("ligne.routing.urls")),
    path("", include("ligne.staff.urls")),
    path("", include("ligne.customers.urls")),
    path("", include("ligne.contracts.urls")),
    path("", include("ligne.catalogue.urls")),
    path("", include("ligne.supervision.urls")),
    path("", include("ligne.desks.urls")),
    path("contacts/", include("ligne.contacts.urls")),
    path("office/", include("ligne.contacts.office_urls")),
]
