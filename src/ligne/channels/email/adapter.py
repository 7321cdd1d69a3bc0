"""The email channel (adapter of contacts.ports.Channel)."""


class EmailChannel:
    """Stub until its owner writes it."""
