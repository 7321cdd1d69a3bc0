"""Where work waits, for whom, and to whom it was offered.

A `WorkItem` exists only while something waits for an advisor or is with one: the table stays small and hot. What is
done is told by the contact and the journal.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ligne.contacts.models import Contact
from ligne.customers.models import Customer
from ligne.staff.models import Principal, User


class Queue(models.Model):
    """A waiting line of one principal, with its hours, its target and what it asks of an advisor."""

    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="queues")
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    # Weekly hours as {"mon": [["09:00", "19:00"]], ...}; empty: always open.
    hours = models.JSONField(default=dict, blank=True)
    holidays = models.CharField(max_length=20, default="FR", blank=True)  # "" open on holidays
    priority = models.SmallIntegerField(default=0)  # higher first
    # Skills asked, as {"skill-slug": level}; each level relaxes by one every `relax_after_s` of waiting.
    skills = models.JSONField(default=dict, blank=True)
    relax_after_s = models.PositiveIntegerField(default=60)
    offer_s = models.PositiveSmallIntegerField(default=15)
    target_share = models.PositiveSmallIntegerField(default=80)  # per cent …
    target_s = models.PositiveIntegerField(default=20)  # … answered within
    handling_target_s = models.PositiveIntegerField(default=360)
    overflow_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    overflow_after_s = models.PositiveIntegerField(default=300)
    # Channels whose contacts come here when no queue was asked for; a principal's fallback takes what no queue claims.
    channels = models.JSONField(default=list, blank=True)
    fallback = models.BooleanField(default=False)
    members = models.ManyToManyField(User, blank=True, related_name="queues")
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("principal__name", "name")
        constraints = [
            models.UniqueConstraint(fields=["principal"], condition=Q(fallback=True), name="one_fallback_queue"),
        ]

    def __str__(self) -> str:
        return self.name


class WorkItem(models.Model):
    """Anything that waits for an advisor. A contact has one; other apps point to their own thing by `ref`."""

    class State(models.TextChoices):
        WAITING = "waiting"
        OFFERED = "offered"
        TAKEN = "taken"

    principal = models.ForeignKey(Principal, on_delete=models.CASCADE, related_name="+")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="items")
    contact = models.OneToOneField(Contact, null=True, blank=True, on_delete=models.CASCADE, related_name="work_item")
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=20)  # what it takes of an advisor's capacity
    live = models.BooleanField(default=False)  # somebody is waiting at the other end right now
    ref = models.CharField(max_length=60, blank=True)  # "case_step:12" where there is no contact
    title = models.CharField(max_length=300, blank=True)

    priority = models.SmallIntegerField(default=0)
    entered_at = models.DateTimeField()  # its place in the line, kept when it comes back
    due_at = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    skills = models.JSONField(default=dict, blank=True)
    preferred = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    preferred_until = models.DateTimeField(null=True, blank=True)
    only_preferred = models.BooleanField(default=False)
    overflowed = models.BooleanField(default=False)

    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    advisor = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="work_items")
    offered_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    # Who declined it or let the offer expire, and when: {"12": "2026-11-23T09:00:00+00:00"}.
    declined_by = models.JSONField(default=dict, blank=True)
    reserved = models.BooleanField(default=False)  # offered on a turn kept for deferred work …
    shielded_until = models.DateTimeField(null=True, blank=True)  # … so nothing live is offered until then
    kept_until = models.DateTimeField(null=True, blank=True)  # its advisor is away: kept for them until then

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ref"], condition=~Q(ref=""), name="item_once_by_ref"),
            models.CheckConstraint(
                condition=Q(state="waiting", advisor__isnull=True) | (~Q(state="waiting") & Q(advisor__isnull=False)),
                name="item_waits_or_has_an_advisor",
            ),
            models.CheckConstraint(condition=~Q(state="offered") | Q(expires_at__isnull=False), name="offer_expires"),
        ]
        indexes = [
            models.Index(fields=["queue", "entered_at"], name="item_waiting", condition=Q(state="waiting")),
            models.Index(fields=["expires_at"], name="item_offered", condition=Q(state="offered")),
            models.Index(fields=["not_before"], name="item_put_off", condition=Q(not_before__isnull=False)),
            models.Index(fields=["kept_until"], name="item_kept", condition=Q(kept_until__isnull=False)),
            models.Index(fields=["advisor"], name="item_of_advisor", condition=Q(advisor__isnull=False)),
        ]


class Offer(models.Model):
    """One offer of one item to one advisor and what became of it."""

    class Outcome(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        DECLINED = "declined"
        EXPIRED = "expired"
        WITHDRAWN = "withdrawn"

    principal = models.ForeignKey(Principal, on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.CASCADE, related_name="offers")
    item_id_was = models.BigIntegerField()  # the work item's id; the item itself may be gone
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="+")
    advisor = models.ForeignKey(User, on_delete=models.CASCADE, related_name="offers")
    offered_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.OPEN)
    reason = models.CharField(max_length=12, blank=True)  # why it was declined
    # Of an accepted one: whether its queue's target was met. Empty after a transfer: only the first wait counts.
    in_time = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item_id_was"], condition=Q(outcome="open"), name="one_open_offer"),
        ]
        indexes = [
            models.Index(fields=["advisor", "-offered_at"], name="offer_of_advisor"),
            models.Index(fields=["queue", "ended_at"], name="offer_accepted", condition=Q(outcome="accepted")),
        ]


class Turns(models.Model):
    """What the ranking remembers of one advisor between two offers."""

    user = models.OneToOneField(User, primary_key=True, on_delete=models.CASCADE, related_name="turns")
    live_streak = models.PositiveSmallIntegerField(default=0)  # live exchanges since the last deferred one
    idle_since = models.DateTimeField(null=True, blank=True)  # when the last exchange was finished or handed on


class Loan(models.Model):
    """A person lent to a queue until a moment; members stay as they are."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="loans")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="queue_loans")
    until = models.DateTimeField()
    lent_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "user"], name="loan_once")]
