"""The office's pages of products."""

from __future__ import annotations

from django.urls import path

from ligne.catalogue import views

app_name = "catalogue"

urlpatterns = [
    path("office/products/", views.products, name="products"),
    path("office/products/new/<slug:principal_slug>/", views.create, name="product_new"),
    path("office/products/<int:product_id>/", views.edit, name="product"),
]
