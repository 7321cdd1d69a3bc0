"""What the processes of the centre tell one another."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Heartbeat(models.Model):
    """The last sign of life of one process."""

    name = models.CharField(max_length=40)
    instance = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "instance"], name="heartbeat_once")]


class Pace(models.Model):
    """What one source did lately (`ligne.kit.throttle`): the instants counted, in seconds since 1970.

    `key` is the door and a digest of the source. The table is unlogged: empty after a crash of the database.
    """

    key = models.CharField(max_length=80, primary_key=True)
    at = ArrayField(models.FloatField())
    until = models.DateTimeField(db_index=True)


class LastingKey(models.Model):
    """A key that outlives the centre's (`ligne.kit.sealed.lasting`), sealed with the present one."""

    purpose = models.CharField(max_length=60, primary_key=True)
    sealed = models.CharField(max_length=200)


class Done(models.Model):
    """A request that was carried out, by the digest of its key (`ligne.kit.once`)."""

    digest = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField(db_index=True)
