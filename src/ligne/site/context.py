"""What every template may use."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def everywhere(request: HttpRequest) -> dict[str, Any]:
    """The viewer, the CSP nonce, and whether this is the demo."""
    return {
        "viewer": getattr(request, "viewer", None),
        "csp_nonce": getattr(request, "csp_nonce", ""),
        "is_demo": settings.DEMO,
    }
