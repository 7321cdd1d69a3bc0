"""The customer's file: people and businesses of one principal, how to reach them, what they agreed to."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ligne.staff.models import Principal, User


class Customer(models.Model):
    """A person or a business known to one principal (customer or prospect)."""

    class Kind(models.TextChoices):
        PERSON = "person"
        BUSINESS = "business"

    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="customers")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.PERSON)
    civility = models.CharField(max_length=5, blank=True)  # "Mme", "M.", ""
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    company_name = models.CharField(max_length=200, blank=True)
    siren = models.CharField(max_length=9, blank=True)
    siret = models.CharField(max_length=14, blank=True)
    birth_date = models.DateField(null=True, blank=True)
    language = models.CharField(max_length=5, default="fr")
    zone = models.CharField(max_length=64, blank=True)  # time zone, when it is not the principal's
    segment = models.CharField(max_length=40, blank=True)
    csp = models.CharField(max_length=2, blank=True)  # socio-professional category (typology)
    fragile = models.BooleanField(default=False)
    status = models.CharField(max_length=10, default="customer")  # customer | prospect | former
    external_ref = models.CharField(max_length=60, blank=True)
    since = models.DateField(null=True, blank=True)
    notes = models.TextField(blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    erased_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["principal", "external_ref"], condition=~Q(external_ref=""), name="customer_ref_once"
            )
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """How people say it: "Mme Anne Lefèvre", "Boulangerie Coline"; empty names say so by their number."""
        if self.kind == self.Kind.BUSINESS and self.company_name:
            return self.company_name
        parts = [p for p in (self.civility, self.first_name, self.last_name) if p]
        return " ".join(parts) or self.company_name or f"n° {self.pk}"
