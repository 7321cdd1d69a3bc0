"""Mail accounts of the principals, every mail as it came, and the customers' mailboxes of the demo."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from ligne.contacts.models import Contact, Message
from ligne.staff.models import Principal


class MailAccount(models.Model):
    """An address of a principal: where its customers write, and in whose name we answer."""

    class Security(models.TextChoices):
        TLS = "tls", "TLS"
        STARTTLS = "starttls", "STARTTLS"
        NONE = "none"

    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="mail_accounts")
    address = models.EmailField(unique=True)
    display_name = models.CharField(max_length=120, blank=True)
    queue = models.SlugField(blank=True)  # a routing queue's slug; empty: the principal's choice
    signature = models.TextField(blank=True)
    acknowledgement = models.TextField(blank=True)  # empty: none is sent
    active = models.BooleanField(default=True)

    # Empty host: mail comes by our own SMTP listener alone.
    imap_host = models.CharField(max_length=200, blank=True)
    imap_port = models.PositiveIntegerField(default=993)
    imap_security = models.CharField(max_length=8, choices=Security, default=Security.TLS)
    imap_user = models.CharField(max_length=200, blank=True)
    imap_password = models.TextField(blank=True)  # sealed
    imap_folder = models.CharField(max_length=200, default="INBOX")
    imap_uidvalidity = models.BigIntegerField(null=True, blank=True)
    imap_last_uid = models.BigIntegerField(default=0)
    imap_checked_at = models.DateTimeField(null=True, blank=True)
    imap_trouble = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("address",)
        constraints = [
            models.CheckConstraint(condition=Q(address=Lower(F("address"))), name="mail_address_lower"),
        ]

    def __str__(self) -> str:
        return self.address


class RawMail(models.Model):
    """A mail as it came, kept before it is acknowledged, with what became of it. None is without a fate."""

    class State(models.TextChoices):
        RECEIVED = "received"  # acknowledged, not handled yet
        HANDLED = "handled"
        KEPT = "kept"  # an administrator may look, replay, or make it a contact

    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(MailAccount, on_delete=models.PROTECT, related_name="mails")
    source = models.CharField(max_length=4, choices=[("smtp", "SMTP"), ("imap", "IMAP")], default="smtp")
    envelope_from = models.CharField(max_length=320, blank=True)
    envelope_known = models.BooleanField(default=True)  # IMAP does not tell the envelope
    envelope_to = models.JSONField(default=list, blank=True)
    content = models.BinaryField()
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField()

    header_id = models.CharField(max_length=300, blank=True)  # its Message-ID
    sender = models.CharField(max_length=254, blank=True)
    reply_to = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    digest = models.CharField(max_length=64, blank=True)  # of what it says, whatever way it came

    state = models.CharField(max_length=8, choices=State, default=State.RECEIVED)
    fate = models.CharField(max_length=12, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="raw_mails")
    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="raw_mails")

    class Meta:
        ordering = ("-received_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=["account", "sha256"], name="mail_stored_once"),
            models.CheckConstraint(condition=Q(state="received") | ~Q(fate=""), name="mail_has_a_fate"),
        ]
        indexes = [
            models.Index(fields=["received_at"], name="mail_to_handle", condition=Q(state="received")),
            models.Index(fields=["principal", "-received_at"], name="mail_kept", condition=Q(state="kept")),
            models.Index(fields=["account", "sender", "received_at"], name="mail_by_sender"),
            models.Index(fields=["principal", "header_id"], name="mail_by_header_id", condition=~Q(header_id="")),
        ]


class Acknowledgement(models.Model):
    """An outgoing message that no person wrote: it is marked as such when it leaves, and counted per sender."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="acknowledgement")
    account = models.ForeignKey(MailAccount, on_delete=models.CASCADE, related_name="+")
    to = models.CharField(max_length=254)
    sent_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account", "to", "-sent_at"], name="acknowledged")]


class DemoMail(models.Model):
    """The demo's own mailboxes: what a customer received from the centre, and what they wrote to it."""

    box = models.CharField(max_length=254)  # whose mailbox
    outgoing = models.BooleanField(default=False)
    sender = models.CharField(max_length=254)
    recipient = models.CharField(max_length=254)
    subject = models.CharField(max_length=998, blank=True)
    message_id = models.CharField(max_length=300, blank=True)
    content = models.BinaryField()
    at = models.DateTimeField()
    seen = models.BooleanField(default=False)

    class Meta:
        ordering = ("-at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["box", "outgoing", "message_id"], condition=~Q(message_id=""), name="demo_mail_once"
            )
        ]
        indexes = [models.Index(fields=["box", "-at"], name="demo_mail_of_box")]
