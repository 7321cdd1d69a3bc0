"""Who works here, for whom, with which skills, and in which state right now."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q

from ligne.kit.viewer import ADMINISTRATOR, ADVISOR, QUALITY, SUPERVISOR
from ligne.staff import words


class Principal(models.Model):
    """A company served (*donneur d'ordre*): it owns customers, queues, products and rules."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    legal_name = models.CharField(max_length=200, blank=True)
    zone = models.CharField(max_length=64, default="Europe/Paris")
    colour = models.CharField(max_length=7, default="#1d4ed8")
    policies = models.JSONField(default=dict, blank=True)
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)  # a form that carries an older one is stale

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """People led by the same supervisors; a team may serve several principals."""

    name = models.CharField(max_length=120, unique=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **facts: Any) -> User:
        """A person who may sign in; without a password, sign-in waits for a reset."""
        user = self.model(email=self.normalize_email(email).lower(), **facts)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person of the centre, known by e-mail address; what they may see is their role within their principals."""

    class Role(models.TextChoices):
        ADVISOR = ADVISOR, "advisor"
        SUPERVISOR = SUPERVISOR, "supervisor"
        QUALITY = QUALITY, "quality"
        ADMINISTRATOR = ADMINISTRATOR, "administrator"

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=20, choices=Role, default=Role.ADVISOR)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="members")
    principals = models.ManyToManyField(Principal, related_name="people", blank=True)
    language = models.CharField(max_length=5, default="fr")
    theme = models.CharField(max_length=5, default="auto")
    signature = models.TextField(blank=True)
    sound = models.BooleanField(default=True)  # a tone when something is offered
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Skill(models.Model):
    """Something a principal's contacts may need ("resiliation", "anglais")."""

    principal = models.ForeignKey(Principal, on_delete=models.CASCADE, related_name="skills")
    slug = models.SlugField()
    name = models.CharField(max_length=120)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=["principal", "slug"], name="skill_once")]

    def __str__(self) -> str:
        return self.name


class SkillLevel(models.Model):
    """How well a person masters a skill: 1 beginner to 5 expert."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="skill_levels")
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="levels")
    level = models.PositiveSmallIntegerField(default=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "skill"], name="skill_level_once"),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=5), name="skill_level_1_to_5"),
        ]


class Capacity(models.Model):
    """How many exchanges of one channel a person handles at once; absent rows take the house's default."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="capacities")
    channel = models.CharField(max_length=20)
    limit = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "channel"], name="capacity_once")]


class Grant(models.Model):
    """What a role, or one person, may decide alone (limits of responsibility): "refund" up to so many cents."""

    principal = models.ForeignKey(Principal, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=User.Role, blank=True)
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="grants")
    action = models.SlugField()
    limit_cents = models.PositiveIntegerField(null=True, blank=True)
    limit_percent = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(role="", user__isnull=False) | (~Q(role="") & Q(user__isnull=True)),
                name="grant_role_or_person",
            ),
            models.UniqueConstraint(
                fields=["principal", "action", "role"], condition=~Q(role=""), name="grant_of_role_once"
            ),
            models.UniqueConstraint(
                fields=["principal", "action", "user"], condition=Q(user__isnull=False), name="grant_of_person_once"
            ),
        ]


class Presence(models.Model):
    """The present state of one person: the row that routing locks before it gives them anything."""

    user = models.OneToOneField(User, primary_key=True, on_delete=models.CASCADE, related_name="presence")
    state = models.CharField(max_length=20, choices=words.STATES, default=words.OFFLINE)
    reason = models.CharField(max_length=40, blank=True)
    since = models.DateTimeField()
    # Who decided: the person (or the centre itself) when empty, else the supervisor.
    changed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    idle_since = models.DateTimeField(null=True, blank=True)
    connected_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)


class PresencePeriod(models.Model):
    """One stretch of time in one state, the open one without an end: the timesheet from the first day."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="presence_periods")
    state = models.CharField(max_length=20, choices=words.STATES)
    reason = models.CharField(max_length=40, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-started_at",)
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(ended_at__isnull=True), name="one_open_period"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")), name="period_forward"
            ),
        ]
        indexes = [models.Index(fields=["user", "-started_at"], name="period_by_user")]


class ApiToken(models.Model):
    """A program's key to the API: acts as its user, within its scopes. Only a digest of the secret is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80, blank=True)
    shown = models.CharField(max_length=12)  # its first characters, by which people tell tokens apart
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.name or self.shown
