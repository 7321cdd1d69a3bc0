"""The journal's tables: what happened, what of it is personal, and the seals over it.

The database itself refuses to change or remove entries and seals (migration 0002). People, principals and customers are
named by their ids without foreign keys: the journal stands below them, outlives them, and must accept a row in one
INSERT. Entries lie in one table per month (migration 0004): questions that name a period, or want the latest, read few
of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    NumberField = models.Field[int, int]
else:
    NumberField = models.Field


class TransactionIdField(NumberField):
    """PostgreSQL's 64-bit transaction number (`xid8`)."""

    def db_type(self, connection: Any) -> str:
        return "xid8"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> int | None:
        return None if value is None else int(value)

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else str(value)


class Entry(models.Model):
    """One thing that happened. `data` holds its facts without anything personal.

    `cluster` and `xid` are filled by the database: which transaction wrote it, in which cluster's count.
    """

    at = models.DateTimeField()
    kind = models.CharField(max_length=60)
    actor_id = models.BigIntegerField(null=True)
    actor_kind = models.CharField(max_length=10)  # person | program | system
    principal_id = models.BigIntegerField(null=True)
    customer_id = models.BigIntegerField(null=True)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    data = models.JSONField(default=dict)
    personal_digest = models.CharField(max_length=64, blank=True)
    cluster = models.BigIntegerField()
    xid = TransactionIdField()

    class Meta:
        indexes = [
            models.Index(fields=["principal_id", "at", "id"], name="entry_by_principal"),
            models.Index(
                fields=["customer_id", "at", "id"],
                name="entry_by_customer",
                condition=models.Q(customer_id__isnull=False),
            ),
            models.Index(fields=["subject_type", "subject_id", "at", "id"], name="entry_by_subject"),
            models.Index(fields=["kind", "at", "id"], name="entry_by_kind"),
            models.Index(
                fields=["actor_id", "at", "id"], name="entry_by_actor", condition=models.Q(actor_id__isnull=False)
            ),
            models.Index(fields=["cluster", "xid", "id"], name="entry_by_transaction"),
        ]


class EntryPersonal(models.Model):
    """The personal fields of an entry, apart so that an erasure can remove them and leave the chain whole."""

    entry_id = models.BigIntegerField(primary_key=True)
    fields = models.JSONField()
    salt = models.CharField(max_length=32)


class Seal(models.Model):
    """A link of the chain: the entries of all transactions from `from_xid` to before `to_xid` of `cluster`."""

    id = models.BigIntegerField(primary_key=True)  # 1, 2, 3 … without gaps
    cluster = models.BigIntegerField()
    from_xid = TransactionIdField()
    to_xid = TransactionIdField()
    count = models.BigIntegerField()
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)
    sealed_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)


class Subscription(models.Model):
    """A program outside that is told what happens to one principal: a webhook."""

    principal_id = models.BigIntegerField()
    url = models.CharField(max_length=500)
    secret = models.CharField(max_length=300)  # sealed; signs every delivery
    kinds = models.JSONField(default=list, blank=True)  # empty: every kind
    personal = models.BooleanField(default=False)  # whether personal fields are told too
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    created_by_id = models.BigIntegerField(null=True)

    class Meta:
        ordering = ("id",)
        indexes = [models.Index(fields=["principal_id"], name="subscription_of_principal")]


class Delivery(models.Model):
    """One entry told, or to be told, to one subscription. Its id is what receivers recognise a repetition by."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        PARKED = "parked"  # given up after a day; an administrator may send it again

    # Without a constraint: an event announced while the subscription is removed must not fail for it.
    subscription = models.ForeignKey(
        Subscription, on_delete=models.CASCADE, related_name="deliveries", db_constraint=False
    )
    entry_id = models.BigIntegerField()
    kind = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    status = models.CharField(max_length=9, choices=Status, default=Status.WAITING)
    answer = models.CharField(max_length=200, blank=True)  # what the last attempt met: "200", "timed out"
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscription", "entry_id"], name="delivered_once")]
        indexes = [
            models.Index(fields=["next_at"], name="delivery_due", condition=models.Q(status="waiting")),
            models.Index(fields=["subscription", "-id"], name="delivery_of_subscription"),
        ]
