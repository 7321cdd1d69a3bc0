"""The embedded server (owner: operations)."""

from pathlib import Path
from typing import Any


def django_settings(home: Path) -> dict[str, Any]:
    """Settings for Django."""
    return {"NAME": "ligne", "USER": "ligne", "HOST": str(home / "pg"), "PORT": "5432"}
