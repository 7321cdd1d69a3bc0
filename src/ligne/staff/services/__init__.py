"""What is done to people, principals and presences. Each verb is one transaction and leaves a trace."""

from __future__ import annotations

from ligne.staff.services.centre import (
    create_principal,
    create_skill,
    create_team,
    remove_grant,
    remove_skill,
    remove_team,
    set_grant,
    update_principal,
    update_skill,
    update_team,
)
from ligne.staff.services.people import (
    create_person,
    deactivate,
    may,
    reactivate,
    set_capacities,
    set_own_profile,
    set_skill_levels,
    sign_in_failed,
    signed_in,
    update_person,
)
from ligne.staff.services.presence import (
    connect,
    drop_silent,
    enter_after_call,
    heartbeat,
    leave_after_call,
    lock_presence,
    prolong_after_call,
    set_presence,
)

__all__ = [
    "connect",
    "create_person",
    "create_principal",
    "create_skill",
    "create_team",
    "deactivate",
    "drop_silent",
    "enter_after_call",
    "heartbeat",
    "leave_after_call",
    "lock_presence",
    "may",
    "prolong_after_call",
    "reactivate",
    "remove_grant",
    "remove_skill",
    "remove_team",
    "set_capacities",
    "set_grant",
    "set_own_profile",
    "set_presence",
    "set_skill_levels",
    "sign_in_failed",
    "signed_in",
    "update_person",
    "update_principal",
    "update_skill",
    "update_team",
]
