"""What the floor remembers: one row of facts per exchange, counters by half-hour, messages to the team."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ligne.contacts.models import Contact
from ligne.routing.models import Queue
from ligne.staff.models import Principal, Team, User


class ContactFact(models.Model):
    """An exchange as the floor counts it: rebuilt from the contact at each passage, so that what was counted of it is
    known when it changes, and so that every figure opens the exchanges behind it."""

    contact = models.OneToOneField(Contact, primary_key=True, on_delete=models.CASCADE, related_name="+")
    principal = models.ForeignKey(Principal, on_delete=models.CASCADE, related_name="+")
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="+")
    advisor = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    channel = models.CharField(max_length=20)
    direction = models.CharField(max_length=3)
    live = models.BooleanField(default=False)
    state = models.CharField(max_length=10)
    outcome = models.CharField(max_length=20, blank=True)
    arrived_at = models.DateTimeField()
    due_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    first_reply_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    # Answered within the target; None while nobody can say (not answered yet), False once it is late or given up.
    in_target = models.BooleanField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["queue", "-arrived_at"], name="fact_by_arrival"),
            models.Index(fields=["principal", "-arrived_at", "-contact"], name="fact_by_principal"),
            models.Index(fields=["principal", "-closed_at"], name="fact_by_closing"),
            models.Index(fields=["principal", "due_at"], name="fact_open", condition=Q(closed_at__isnull=True)),
            models.Index(fields=["advisor", "-closed_at"], name="fact_by_advisor"),
        ]


class Handled(models.Model):
    """What is told of who did it: `rules.counting.PERSONAL`, as columns."""

    handled = models.IntegerField(default=0)
    resolved = models.IntegerField(default=0)
    handle_s = models.BigIntegerField(default=0)

    class Meta:
        abstract = True


class Measured(Handled):
    """The measures of `rules.counting`, as columns."""

    offered = models.IntegerField(default=0)
    answered = models.IntegerField(default=0)
    in_target = models.IntegerField(default=0)
    abandoned = models.IntegerField(default=0)
    abandoned_in_target = models.IntegerField(default=0)
    wait_s = models.BigIntegerField(default=0)

    class Meta:
        abstract = True


class DayCount(Measured):
    """What happened in a queue by a channel in one half-hour (`slot` 0 to 47) of a day in the site's zone."""

    principal = models.ForeignKey(Principal, on_delete=models.CASCADE, related_name="+")
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=20)
    day = models.DateField()
    slot = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "channel", "day", "slot"], name="day_count_once")]
        indexes = [models.Index(fields=["principal", "day"], name="day_count_by_day")]


class AdvisorCount(Handled):
    """What one person handled for one principal by a channel in one hour (0 to 23) of a day in the site's zone."""

    principal = models.ForeignKey(Principal, on_delete=models.CASCADE, related_name="+")
    advisor = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=20)
    day = models.DateField()
    hour = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["advisor", "principal", "channel", "day", "hour"], name="advisor_count_once"
            )
        ]
        indexes = [models.Index(fields=["principal", "day"], name="advisor_count_by_day")]


class CountDelta(Measured):
    """A change of a counter, not yet added to it. Writers only insert here: no two exchanges ever wait for one counter,
    and no order of locks can go wrong. `services.fold` adds them up; reads take both tables together."""

    principal = models.ForeignKey(Principal, on_delete=models.CASCADE, related_name="+", db_index=False)
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(max_length=20)
    advisor = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    slot = models.PositiveSmallIntegerField()


class Notice(models.Model):
    """A message from a supervisor to the people of a principal, or of a team."""

    principal = models.ForeignKey(Principal, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at",)


class NoticeReader(models.Model):
    """Who a notice is for, and when they said that they read it."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="readers")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "user"], name="notice_reader_once")]
        indexes = [models.Index(fields=["user"], name="notice_unread", condition=Q(read_at__isnull=True))]


class Check(models.Model):
    """When one of the house's promises (`kit.invariants`) was last looked at, by its name."""

    name = models.CharField(max_length=60, primary_key=True)
    checked_at = models.DateTimeField()
    trouble = models.CharField(max_length=200, blank=True)  # why it could not be looked at


class Breach(models.Model):
    """A promise that does not hold, for one principal (none: the house as a whole), until it holds again."""

    name = models.CharField(max_length=60)
    principal = models.ForeignKey(Principal, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()
    count = models.PositiveIntegerField()
    # The first of them, as [{"type": "contact", "id": 12}]: what they are stands in their own pages.
    offenders = models.JSONField(default=list)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-since",)
        constraints = [
            models.UniqueConstraint(
                fields=["name", "principal"],
                condition=Q(closed_at__isnull=True),
                nulls_distinct=False,
                name="one_open_breach",
            )
        ]
