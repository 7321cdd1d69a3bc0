"""Addresses of contracts."""

from __future__ import annotations

from django.urls import path

from ligne.contracts import panels

app_name = "contracts"

urlpatterns = [path("customers/<int:customer_id>/contracts/", panels.of_customer, name="of_customer")]
