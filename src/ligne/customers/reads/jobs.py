"""Imports and exports: what runs, what became of it."""

from __future__ import annotations

from ligne.customers.models import Job
from ligne.kit.errors import NotFound
from ligne.kit.viewer import ADMINISTRATOR, SUPERVISOR, Viewer


def jobs(viewer: Viewer, limit: int = 20) -> list[Job]:
    """The latest imports and exports of the viewer's principals, newest first; none but for those who may run them."""
    if not viewer.has_role(SUPERVISOR, ADMINISTRATOR):
        return []
    rows = Job.objects.filter(principal_id__in=viewer.principals).select_related("principal", "user")
    return list(rows[:limit])


def job(viewer: Viewer, job_id: int) -> Job:
    """One of them. Raises `NotFound`."""
    if not viewer.has_role(SUPERVISOR, ADMINISTRATOR):
        raise NotFound
    rows = Job.objects.filter(principal_id__in=viewer.principals).select_related("principal", "user")
    found = rows.filter(pk=job_id).first()
    if found is None:
        raise NotFound
    return found
