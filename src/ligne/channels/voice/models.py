"""Lines (the numbers that customers dial), calls as the controller keeps them, softphones."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ligne.contacts.models import Contact
from ligne.staff.models import Principal, User


class Line(models.Model):
    """A number that customers dial: whose it is, where it leads, what is heard on the way."""

    principal = models.ForeignKey(Principal, on_delete=models.CASCADE, related_name="lines")
    number = models.CharField(max_length=20, unique=True)  # E.164
    name = models.CharField(max_length=120)
    queue = models.SlugField()
    language = models.CharField(max_length=5, default="fr")
    # Prompts are names of the exchange's own sounds ("sound:hello-world") or of kept ones ("prompt:12"), in order.
    welcome = models.JSONField(default=list, blank=True)
    closed_prompts = models.JSONField(default=list, blank=True)
    closed_to = models.CharField(
        max_length=10, default="voicemail", choices=[("voicemail", "voicemail"), ("hangup", "hangup")]
    )
    voicemail_prompts = models.JSONField(default=list, blank=True)
    # {"name": {"prompts": [...], "keys": {"1": {"action": "queue", "target": "bleuet-conseil"}}}}; `menu` is the first.
    menus = models.JSONField(default=dict, blank=True)
    menu = models.CharField(max_length=40, blank=True)
    position_every_s = models.PositiveSmallIntegerField(default=45)
    call_back_key = models.CharField(max_length=1, blank=True)
    call_back_prompts = models.JSONField(default=list, blank=True)
    # Of a hundred calls, how many are recorded: sampled, never systematic, and announced in the welcome.
    recorded_share = models.PositiveSmallIntegerField(default=0)
    objection_key = models.CharField(max_length=1, blank=True)
    # Without the menu: customers who are recognised by their number, and numbers that begin so: {"+3361": queue}.
    known_queue = models.SlugField(blank=True)
    callers = models.JSONField(default=dict, blank=True)
    # What asks for a card: {"number": […], "expiry": […], "code": […]}; a step that is missing has the house's own.
    payment_prompts = models.JSONField(default=dict, blank=True)
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("number",)
        constraints = [models.CheckConstraint(condition=Q(recorded_share__lte=100), name="recorded_share_is_a_share")]

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"


class VoiceCall(models.Model):
    """One call as its controller keeps it: the facts of the flow, by which another takes it over, and its times."""

    id = models.CharField(primary_key=True, max_length=32)
    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="+")
    line = models.ForeignKey(Line, null=True, blank=True, on_delete=models.SET_NULL, related_name="calls")
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.CASCADE, related_name="calls")
    exchange = models.CharField(max_length=40, blank=True)  # "" until a controller makes a call that was asked for
    direction = models.CharField(max_length=3, choices=[("in", "in"), ("out", "out")], default="in")
    phase = models.CharField(max_length=10)
    number = models.CharField(max_length=40, blank=True)  # the customer's, E.164 when it is one
    channel = models.CharField(max_length=80, blank=True, db_index=True)  # the customer's, at the exchange
    facts = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    talked_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ("started_at",)
        indexes = [
            models.Index(fields=["exchange"], name="call_under_way", condition=Q(ended_at__isnull=True)),
            models.Index(fields=["contact", "started_at"], name="call_of_contact"),
        ]


class Recording(models.Model):
    """The sound of a call, or of a part of it: both sides, encrypted with a key of its own, which is sealed here."""

    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="+")
    call = models.ForeignKey(VoiceCall, on_delete=models.CASCADE, related_name="recordings")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="recordings")
    name = models.CharField(max_length=80, unique=True)  # at the exchange: one that is fetched twice is kept once
    kept_at = models.DateTimeField()
    seconds = models.FloatField()
    sealed_key = models.TextField()
    sha256 = models.CharField(max_length=64)
    # {"figures": `rules.listening.Figures`, "customer": loudness 0 to 100, "advisor": …}; None until it was heard
    measured = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ("kept_at",)
        indexes = [
            models.Index(fields=["contact", "kept_at"], name="recording_of_contact"),
            models.Index(fields=["sha256"], name="recording_by_content"),
        ]


class Payment(models.Model):
    """A payment that a customer keyed in during a call. Of the card, the last four digits at most are kept."""

    class State(models.TextChoices):
        KEYING = "keying"  # the customer is asked for the card
        ASKING = "asking"  # the provider has it
        ACCEPTED = "accepted"
        DECLINED = "declined"
        UNKNOWN = "unknown"  # no answer: neither paid nor unpaid until the provider says
        FAILED = "failed"  # it never came to the provider, or nothing was charged

    id = models.CharField(primary_key=True, max_length=32)  # also the key by which the provider charges once
    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="keypad_payments")
    call = models.ForeignKey(VoiceCall, on_delete=models.CASCADE, related_name="payments")
    provider = models.CharField(max_length=40)
    amount_cents = models.PositiveIntegerField()
    currency = models.CharField(max_length=3, default="EUR")
    reference = models.CharField(max_length=60)
    state = models.CharField(max_length=8, choices=State, default=State.KEYING)
    why = models.CharField(max_length=20, blank=True)  # of a refusal or a failure, in one word
    receipt = models.CharField(max_length=60, blank=True)
    last_four = models.CharField(max_length=4, blank=True)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("asked_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["call"], condition=Q(state__in=["keying", "asking"]), name="one_payment_at_a_time"
            ),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="payment_of_something"),
        ]
        indexes = [
            models.Index(fields=["contact", "asked_at"], name="payment_of_contact"),
            models.Index(
                fields=["asked_at"], name="payment_open", condition=Q(state__in=["keying", "asking", "unknown"])
            ),
        ]


class Softphone(models.Model):
    """What a person's browser registers with at the exchanges; drawn anew when they ask."""

    user = models.OneToOneField(User, primary_key=True, on_delete=models.CASCADE, related_name="softphone")
    sealed = models.TextField()
    drawn_at = models.DateTimeField()
