"""A call from a page: who is at the other end, and what the two browsers said to find each other."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from ligne.contacts.models import Contact
from ligne.staff.models import Principal


class WebCall(models.Model):
    """One call as the customer's page knows it. Sound and pictures go from browser to browser and are not kept."""

    class EndedBy(models.TextChoices):
        CUSTOMER = "customer"
        ADVISOR = "advisor"
        SILENCE = "silence"

    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="+")
    contact = models.OneToOneField(Contact, null=True, on_delete=models.CASCADE, related_name="web_call")
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    # The page draws the token before it calls, so that calling twice calls once; only its digest is kept.
    token_hash = models.CharField(max_length=64, unique=True)
    queue = models.SlugField()
    language = models.CharField(max_length=5, default="fr")
    started_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True)
    joined_at = models.DateTimeField(null=True, blank=True)  # since when they hear each other, as the pages say
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=8, choices=EndedBy, blank=True)

    class Meta:
        indexes = [models.Index(fields=["last_seen_at"], name="visio_open", condition=Q(ended_at__isnull=True))]

    @property
    def topic(self) -> str:
        """The live topic that the customer's page follows."""
        return f"visio:{self.public_id}"


class Signal(models.Model):
    """One word from a browser to the other. Gone with the end of the call: it names network addresses."""

    call = models.ForeignKey(WebCall, on_delete=models.CASCADE, related_name="signals")
    principal = models.ForeignKey(Principal, on_delete=models.CASCADE, related_name="+")
    to = models.CharField(max_length=8)
    kind = models.CharField(max_length=12)
    body = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["call", "to", "id"], name="visio_signals")]
