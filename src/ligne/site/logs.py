"""JSON logs (owner: operations)."""


def configure() -> None:
    """Configure logging."""
