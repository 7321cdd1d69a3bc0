"""What happens to people, teams, principals and presences. Each is a journal entry."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from ligne.kit.bus import Event, event


@dataclass(frozen=True, kw_only=True)
class PersonEvent(Event):
    """Something about the person `subject_id`; a person belongs to several principals, hence to none here."""

    subject_type: ClassVar[str] = "user"
    principal_id: int | None = None


@event
class PresenceChanged(PersonEvent):
    """A person is now in `state`; `before` is the state they left."""

    kind: ClassVar[str] = "presence.changed"
    state: str
    reason: str = ""
    before: str = ""


@event
class PersonCreated(PersonEvent):
    """An administrator opened an account."""

    kind: ClassVar[str] = "person.created"
    role: str


@event
class PersonUpdated(PersonEvent):
    """`changed` names the facts that are no longer what they were ("role", "principals", "skills")."""

    kind: ClassVar[str] = "person.updated"
    changed: list[str]


@event
class PersonDeactivated(PersonEvent):
    """The account is closed: no sign-in, no work."""

    kind: ClassVar[str] = "person.deactivated"


@event
class PersonReactivated(PersonEvent):
    """The account is open again."""

    kind: ClassVar[str] = "person.reactivated"


@event
class SignedIn(PersonEvent):
    """Somebody proved who they are."""

    kind: ClassVar[str] = "person.signed_in"


@event
class SignInFailed(PersonEvent):
    """A wrong password or an unknown address (`subject_id` 0)."""

    kind: ClassVar[str] = "person.sign_in_failed"
    personal: ClassVar[frozenset[str]] = frozenset({"email"})
    email: str = ""


@event
class TeamSaved(Event):
    """A team was made or changed."""

    kind: ClassVar[str] = "team.saved"
    subject_type: ClassVar[str] = "team"
    principal_id: int | None = None
    name: str


@event
class TeamRemoved(Event):
    """A team was dissolved; its people remain."""

    kind: ClassVar[str] = "team.removed"
    subject_type: ClassVar[str] = "team"
    principal_id: int | None = None
    name: str


@event
class PrincipalSaved(Event):
    """A principal was made or changed; `changed` names what."""

    kind: ClassVar[str] = "principal.saved"
    subject_type: ClassVar[str] = "principal"
    changed: list[str] = field(default_factory=list)


@event
class SkillSaved(Event):
    """A skill was made or renamed."""

    kind: ClassVar[str] = "skill.saved"
    subject_type: ClassVar[str] = "skill"
    name: str


@event
class SkillRemoved(Event):
    """A skill no longer exists; people lost their level in it."""

    kind: ClassVar[str] = "skill.removed"
    subject_type: ClassVar[str] = "skill"
    name: str


@event
class GrantSet(Event):
    """What a role or one person may decide alone was set."""

    kind: ClassVar[str] = "grant.set"
    subject_type: ClassVar[str] = "grant"
    action: str
    role: str = ""
    user_id: int | None = None
    limit_cents: int | None = None
    limit_percent: int | None = None


@event
class GrantRemoved(Event):
    """A grant was taken back."""

    kind: ClassVar[str] = "grant.removed"
    subject_type: ClassVar[str] = "grant"
    action: str
    role: str = ""
    user_id: int | None = None


@event
class TokenCreated(PersonEvent):
    """A program was given a key that acts as this person."""

    kind: ClassVar[str] = "token.created"
    token_id: int
    scopes: list[str]


@event
class TokenRevoked(PersonEvent):
    """A program's key was taken back."""

    kind: ClassVar[str] = "token.revoked"
    token_id: int
