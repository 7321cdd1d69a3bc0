"""The spine: exchanges with customers, from arrival to wrap-up."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from ligne.contacts import words
from ligne.customers.models import Customer
from ligne.kit import filetypes
from ligne.staff.models import Principal, User


class Reason(models.Model):
    """Why customers get in touch, as a principal classifies it; asked at wrap-up. Two levels at most."""

    principal = models.ForeignKey(Principal, on_delete=models.CASCADE, related_name="reasons")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="children")
    slug = models.SlugField()
    label = models.CharField(max_length=120)
    active = models.BooleanField(default=True)
    order = models.PositiveSmallIntegerField(default=100)
    version = models.PositiveIntegerField(default=1)  # a form that carries an older one is stale

    class Meta:
        ordering = ("order", "label")
        constraints = [models.UniqueConstraint(fields=["principal", "slug"], name="reason_once")]

    def __str__(self) -> str:
        return f"{self.parent.label} › {self.label}" if self.parent else self.label


class Contact(models.Model):
    """One exchange with one customer on one channel. Never a person: people are customers."""

    # Of the object that `services.arrive` returns: whether it arrived just now, and not before.
    is_new = False

    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="contacts")
    channel = models.CharField(max_length=20)
    direction = models.CharField(max_length=3, choices=[("in", "in"), ("out", "out")], default="in")
    state = models.CharField(max_length=10, choices=words.STATES, default=words.WAITING)
    # The queue it was last placed in, by its slug: a fact of the trace. Who waits where is routing's.
    queue = models.SlugField(blank=True)
    subject = models.CharField(max_length=300, blank=True)

    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="contacts")
    identification = models.JSONField(default=dict, blank=True)
    identity_proof = models.CharField(max_length=40, blank=True)
    from_name = models.CharField(max_length=200, blank=True)
    from_email = models.CharField(max_length=254, blank=True)
    from_phone = models.CharField(max_length=20, blank=True)

    external_id = models.CharField(max_length=300, blank=True)
    # What later messages of the same exchange are recognised by; opaque, made by the channel.
    thread = models.CharField(max_length=64, blank=True)
    previous = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="followed_by")
    # The exchange it became part of: what was said stands there, and later messages go there.
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")

    advisor = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="contacts")
    arrived_at = models.DateTimeField()
    offered_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    first_reply_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    wrapped_up_at = models.DateTimeField(null=True, blank=True)

    reason = models.ForeignKey(Reason, null=True, blank=True, on_delete=models.PROTECT, related_name="contacts")
    outcome = models.CharField(max_length=20, blank=True)
    next_step = models.CharField(max_length=20, blank=True)
    summary = models.TextField(blank=True)
    unread = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-arrived_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["principal", "channel", "external_id"],
                condition=~Q(external_id=""),
                name="contact_arrives_once",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=words.WITH_ADVISOR) | Q(advisor__isnull=False), name="with_an_advisor"
            ),
            models.CheckConstraint(condition=~Q(state=words.CLOSED) | ~Q(outcome=""), name="closed_with_an_outcome"),
            models.UniqueConstraint(
                fields=["advisor"],
                condition=Q(channel="voice", state__in=words.WITH_ADVISOR),
                name="one_voice_contact",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-arrived_at"], name="contact_of_customer"),
            models.Index(fields=["principal", "-arrived_at"], name="contact_of_principal"),
            models.Index(fields=["thread"], name="contact_by_thread", condition=~Q(thread="")),
            # Always empty; looked at each minute.
            models.Index(fields=["id"], name="contact_without_outcome", condition=Q(state="closed", outcome="")),
            models.Index(fields=["advisor", "state"], name="contact_of_advisor", condition=~Q(state="closed")),
        ]


class Message(models.Model):
    """What was said in an exchange: by the customer (in), to the customer (out), or among us (note, event)."""

    class Kind(models.TextChoices):
        IN = "in"
        OUT = "out"
        NOTE = "note"
        EVENT = "event"

    class Sending(models.TextChoices):
        """What became of an outgoing message; empty for the others."""

        HELD = "held"  # may still be undone, or is to be sent later
        QUEUED = "queued"
        SENT = "sent"
        FAILED = "failed"
        CANCELLED = "cancelled"
        BOUNCED = "bounced"

    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=5, choices=Kind)
    channel = models.CharField(max_length=20, blank=True)  # when it left by another channel than the contact's
    author = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    author_name = models.CharField(max_length=200, blank=True)
    recipients = models.JSONField(default=dict, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)  # cleaned before it is stored, shown in a sandbox
    quoted = models.TextField(blank=True)
    external_id = models.CharField(max_length=300, blank=True)
    sending = models.CharField(max_length=10, choices=Sending, blank=True)
    send_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("created_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "kind", "external_id"], condition=~Q(external_id=""), name="message_once"
            )
        ]
        indexes = [
            models.Index(fields=["contact", "created_at"], name="message_of_contact"),
            models.Index(fields=["send_at"], name="message_to_send", condition=Q(sending__in=["held", "queued"])),
            models.Index(fields=["external_id"], name="message_by_external", condition=~Q(external_id="")),
        ]


class Attachment(models.Model):
    """A file of a message, stored once per content under the data folder."""

    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="+")
    message = models.ForeignKey(Message, null=True, on_delete=models.CASCADE, related_name="attachments")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="attachments")
    filename = models.CharField(max_length=200)
    content_type = models.CharField(max_length=120)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    inline = models.BooleanField(default=False)
    # What to beware of, as `ligne.kit.filetypes` names it; empty: nothing was seen.
    warning = models.CharField(max_length=12, blank=True)

    @property
    def warned(self) -> str:
        """What people are told of the warning; "" without one."""
        return gettext(filetypes.WARNINGS[self.warning]) if self.warning in filetypes.WARNINGS else ""


class Draft(models.Model):
    """The reply being typed: kept at each pause of the fingers, shared, never overwritten by a late page."""

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, related_name="draft")
    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(blank=True)
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField()


class Template(models.Model):
    """A reply ready to adapt: «{{ prenom }}» and the like are filled from the file."""

    principal = models.ForeignKey(Principal, on_delete=models.CASCADE, related_name="reply_templates")
    shortcut = models.SlugField()
    title = models.CharField(max_length=120)
    text = models.TextField()
    channels = models.JSONField(default=list, blank=True)  # empty: every channel
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("title",)
        constraints = [models.UniqueConstraint(fields=["principal", "shortcut"], name="template_once")]


class CallBack(models.Model):
    """A promise to call somebody back: a window, an owner, attempts, and the moment it is broken."""

    class State(models.TextChoices):
        PROMISED = "promised"
        IN_PROGRESS = "in_progress"
        KEPT = "kept"
        BROKEN = "broken"  # the window passed without an attempt; it still waits to be made good
        CANCELLED = "cancelled"

    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="call_backs")
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="call_backs")
    origin = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="call_backs")
    contact = models.OneToOneField(Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="call_back")
    name = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=20)
    queue = models.SlugField()
    topic = models.CharField(max_length=300, blank=True)
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="call_backs")
    window_start = models.DateTimeField()
    window_end = models.DateTimeField()
    # Made instead of waiting: since when the customer stood in the line, and how urgently; their place is kept.
    place_since = models.DateTimeField(null=True, blank=True)
    place_priority = models.SmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_attempt_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.PROMISED)
    breached_at = models.DateTimeField(null=True, blank=True)
    external_id = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("window_start",)
        constraints = [
            models.CheckConstraint(condition=Q(window_end__gt=models.F("window_start")), name="window_forward"),
            models.UniqueConstraint(
                fields=["principal", "external_id"], condition=~Q(external_id=""), name="call_back_once"
            ),
        ]
        indexes = [
            models.Index(fields=["window_start"], name="call_back_due", condition=Q(state__in=["promised", "broken"]))
        ]


class Merge(models.Model):
    """One exchange became part of another of the same customer; kept so that it can be undone."""

    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="merges_away")
    target = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="merges_in")
    message_ids = models.JSONField(default=list)  # what moved from source to target
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("at",)
        constraints = [
            models.UniqueConstraint(fields=["source"], condition=Q(undone_at__isnull=True), name="merged_once"),
        ]


class Link(models.Model):
    """Two exchanges of one principal that concern each other; `first` is the older number, so a pair stands once."""

    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="+")
    first = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("at",)
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="linked_once"),
            models.CheckConstraint(condition=Q(first__lt=models.F("second")), name="link_in_order"),
        ]


class Mention(models.Model):
    """A colleague named in an internal note: told of it until they have looked."""

    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="mentions")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="mentions")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mentions")
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("at",)
        constraints = [models.UniqueConstraint(fields=["message", "user"], name="mentioned_once")]
        indexes = [models.Index(fields=["user"], name="mention_unseen", condition=Q(seen_at__isnull=True))]
