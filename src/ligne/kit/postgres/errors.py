"""What can go wrong with the embedded server."""

from __future__ import annotations


class PostgresError(Exception):
    """The embedded server cannot do what was asked; the text is one line for the person who runs the centre."""
