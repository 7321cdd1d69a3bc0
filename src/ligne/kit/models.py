"""What the processes of the centre tell of themselves."""

from __future__ import annotations

from django.db import models


class Heartbeat(models.Model):
    """The last sign of life of one process."""

    name = models.CharField(max_length=40)
    instance = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "instance"], name="heartbeat_once")]
