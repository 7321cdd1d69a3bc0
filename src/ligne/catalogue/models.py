"""What a principal sells: goods, services, subscriptions."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ligne.staff.models import Principal


class Product(models.Model):
    """One thing a principal sells, at today's price. Prices are cents of the currency, tax included."""

    class Kind(models.TextChoices):
        GOOD = "good"
        SERVICE = "service"
        SUBSCRIPTION = "subscription"  # the price is per month

    principal = models.ForeignKey(Principal, on_delete=models.CASCADE, related_name="products")
    sku = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.GOOD)
    price_cents = models.PositiveIntegerField()
    currency = models.CharField(max_length=3, default="EUR")
    vat_permille = models.PositiveSmallIntegerField(default=200)  # 200: 20 %
    description = models.TextField(blank=True)
    active = models.BooleanField(default=True)  # no longer sold: kept for the contracts and orders that name it
    version = models.PositiveIntegerField(default=1)  # a form that carries an older one is stale

    class Meta:
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(fields=["principal", "sku"], name="product_once"),
            models.CheckConstraint(condition=~Q(sku=""), name="product_has_a_sku"),
        ]

    def __str__(self) -> str:
        return self.name
