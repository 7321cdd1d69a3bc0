"""The office's pages of reasons for contact and reply templates, under /office/."""

from __future__ import annotations

from django.urls import path

from ligne.contacts.views import reference

app_name = "contacts_office"

urlpatterns = [
    path("reasons/", reference.reasons, name="reasons"),
    path("reasons/new/<slug:principal_slug>/", reference.reason_new, name="reason_new"),
    path("reasons/<int:reason_id>/", reference.reason, name="reason"),
    path("reasons/<int:reason_id>/move/", reference.reason_move, name="reason_move"),
    path("templates/", reference.templates, name="templates"),
    path("templates/new/<slug:principal_slug>/", reference.template_new, name="template_new"),
    path("templates/preview/", reference.template_preview, name="template_preview"),
    path("templates/<int:template_id>/", reference.template, name="template"),
    path("templates/<int:template_id>/remove/", reference.template_remove, name="template_remove"),
]
