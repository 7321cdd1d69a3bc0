"""What a customer subscribed to: enough to know what is in force; sales and billing stand elsewhere."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from ligne.catalogue.models import Product
from ligne.contracts.rules import states
from ligne.customers.models import Customer
from ligne.staff.models import Principal


class Contract(models.Model):
    """An agreement between a principal and a customer about one product, under a number both know."""

    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="contracts")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="contracts")
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="contracts")
    number = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=states.CHOICES, default=states.ACTIVE)
    start = models.DateField()
    end = models.DateField(null=True, blank=True)  # last day in force; None: without term
    monthly_cents = models.PositiveIntegerField(default=0)
    currency = models.CharField(max_length=3, default="EUR")

    class Meta:
        ordering = ("-start", "-id")
        constraints = [
            models.UniqueConstraint(fields=["principal", "number"], name="contract_once"),
            models.CheckConstraint(condition=Q(end__isnull=True) | Q(end__gte=F("start")), name="contract_forward"),
        ]
        indexes = [
            models.Index(fields=["customer", "-start"], name="contract_of_customer"),
            models.Index(fields=["number"], name="contract_by_number", opclasses=["varchar_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return self.number
