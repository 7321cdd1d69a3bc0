"""Keeping the files in order: merges, files told apart, imports and exports."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from ligne.customers.models.file import Customer
from ligne.staff.models import Principal, User


class MergeRecord(models.Model):
    """One file joined into another, with everything needed to part them again exactly."""

    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="+")
    survivor = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="merges")
    absorbed = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="merged_by")
    merged_at = models.DateTimeField()
    merged_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    # {"fields": {name: [before, after]}, "rows": {kind: …}, "movers": {key: memory}}
    moved = models.JSONField(default=dict)

    class Meta:
        ordering = ("-merged_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["absorbed"], condition=Q(undone_at__isnull=True), name="absorbed_by_one_file"
            )
        ]

    def __str__(self) -> str:
        return f"{self.absorbed_id} → {self.survivor_id}"


class NotDuplicate(models.Model):
    """Somebody looked at these two files and said that they are two customers: not proposed again."""

    first = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="told_apart_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="told_apart_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} ≠ {self.second_id}"


class ImportedLine(models.Model):
    """Which customer a line without a reference was about: the same line coming again is about the same one.

    `key` is a hash of all that the line says; without this, a line recognised by its telephone would find two holders
    the second time, when the same file gave that telephone to somebody else further down.
    """

    principal = models.ForeignKey(Principal, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=32)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["principal", "key"], name="imported_line_once")]

    def __str__(self) -> str:
        return self.key


class Job(models.Model):
    """An import or export that can be watched and cancelled."""

    class Kind(models.TextChoices):
        IMPORT = "import"
        EXPORT = "export"

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        CANCELLED = "cancelled"
        FAILED = "failed"

    principal = models.ForeignKey(Principal, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=6, choices=Kind)
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    filename = models.CharField(max_length=200, blank=True)
    dry_run = models.BooleanField(default=False)
    total = models.PositiveIntegerField(default=0)  # lines expected; 0 while unknown
    done = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    cancel_asked = models.BooleanField(default=False)
    error = models.JSONField(default=dict, blank=True)  # {"sentence", "facts"} when it failed
    ignored_columns = models.JSONField(default=list, blank=True)
    language = models.CharField(max_length=5, default="fr")
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=["principal", "-id"], name="job_of_principal")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in (self.State.DONE, self.State.CANCELLED, self.State.FAILED)
