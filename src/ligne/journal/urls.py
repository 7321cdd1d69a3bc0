"""The journal's addresses."""

from __future__ import annotations

from django.urls import path

from ligne.journal import views

app_name = "journal"

urlpatterns = [
    path("journal/", views.entries, name="entries"),
    path("office/webhooks/", views.subscriptions, name="webhooks"),
    path("office/webhooks/<int:subscription_id>/", views.subscription, name="webhook"),
    path("office/webhooks/<int:subscription_id>/pause/", views.pause, name="webhook_pause"),
    path("office/webhooks/<int:subscription_id>/remove/", views.remove, name="webhook_remove"),
    path("office/deliveries/<int:delivery_id>/retry/", views.retry, name="delivery_retry"),
]
