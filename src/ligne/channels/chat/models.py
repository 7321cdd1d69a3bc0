"""The customer's side of a chat: which page it is held on, whether that page is still there."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from ligne.contacts.models import Contact
from ligne.staff.models import Principal


class ChatSession(models.Model):
    """One conversation as the widget knows it. What is said stands in the contact's messages."""

    class EndedBy(models.TextChoices):
        CUSTOMER = "customer"
        ADVISOR = "advisor"
        SILENCE = "silence"  # the page closed and did not come back

    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="+")
    contact = models.OneToOneField(Contact, null=True, on_delete=models.CASCADE, related_name="chat_session")
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    # The page draws the token before it asks to start, so that asking twice starts once; only its digest is kept.
    token_hash = models.CharField(max_length=64, unique=True)
    queue = models.SlugField()
    name = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=254, blank=True)
    page_url = models.CharField(max_length=1000, blank=True)
    page_title = models.CharField(max_length=300, blank=True)
    language = models.CharField(max_length=5, default="fr")

    started_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True)  # since when the page is closed or silent
    customer_typing_at = models.DateTimeField(null=True, blank=True)
    advisor_typing_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=8, choices=EndedBy, blank=True)
    transcript_to = models.CharField(max_length=254, blank=True)
    transcript_sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["last_seen_at"], name="chat_open", condition=Q(ended_at__isnull=True)),
        ]

    @property
    def connected(self) -> bool:
        """Whether the customer's page is there, as far as we know."""
        return self.gone_at is None and self.ended_at is None

    @property
    def topic(self) -> str:
        """The live topic that the customer's page follows."""
        return f"chat:{self.public_id}"
