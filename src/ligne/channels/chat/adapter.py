"""The chat channel (adapter of contacts.ports.Channel)."""


class ChatChannel:
    """Stub until its owner writes it."""
