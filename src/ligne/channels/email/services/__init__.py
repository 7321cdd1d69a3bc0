"""The verbs of the e-mail channel: keep, handle, replay; accounts; the demo's customers."""

from ligne.channels.email.services.accounts import save_account, try_account
from ligne.channels.email.services.demo_side import seen, write
from ligne.channels.email.services.handling import handle, purge, sweep
from ligne.channels.email.services.office import open_contact, replay
from ligne.channels.email.services.storing import keep_in_demo_mailbox, store, store_fetched

__all__ = [
    "handle",
    "keep_in_demo_mailbox",
    "open_contact",
    "purge",
    "replay",
    "save_account",
    "seen",
    "store",
    "store_fetched",
    "sweep",
    "try_account",
    "write",
]
