"""Who is looking. Every read takes a viewer, so that a forgotten filter is impossible."""

from __future__ import annotations

from dataclasses import dataclass, field

ADVISOR, SUPERVISOR, QUALITY, ADMINISTRATOR, SYSTEM = (
    "advisor",
    "supervisor",
    "quality",
    "administrator",
    "system",
)
ROLES = (ADVISOR, SUPERVISOR, QUALITY, ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person, a program with a token, or a process of the centre.

    `principals` holds the ids of the companies whose data may be seen: nothing else exists for this viewer.
    `scopes` narrows a token (None: a person at a screen, not narrowed).
    """

    user_id: int | None
    role: str
    principals: frozenset[int] = field(default_factory=frozenset)
    scopes: frozenset[str] | None = None
    language: str = "fr"

    @classmethod
    def system(cls, *principals: int) -> Viewer:
        """A process of the centre acting within `principals`."""
        return cls(user_id=None, role=SYSTEM, principals=frozenset(principals))

    def sees(self, principal_id: int) -> bool:
        """Whether data of this principal exists for the viewer."""
        return principal_id in self.principals

    def has_role(self, *roles: str) -> bool:
        """Whether the viewer holds one of `roles`; processes of the centre hold every one."""
        return self.role == SYSTEM or self.role in roles

    def allows(self, scope: str) -> bool:
        """Whether a token's scopes include `scope` ("contacts:write"); people and processes are not narrowed."""
        return self.scopes is None or scope in self.scopes
