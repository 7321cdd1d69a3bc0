"""Questions about people and principals."""

from __future__ import annotations

from ligne.kit.viewer import Viewer
from ligne.staff.models import User


def viewer_of(user: User) -> Viewer:
    """What `user` may see."""
    ids = frozenset(user.principals.filter(active=True).values_list("id", flat=True))
    return Viewer(user_id=user.pk, role=user.role, principals=ids, language=user.language)
