"""The journal's verbs: write an entry, seal what is settled, prove that nothing changed, forget a person."""

from ligne.journal.services import webhooks
from ligne.journal.services.erasing import forget
from ligne.journal.services.months import make_months
from ligne.journal.services.recording import record, record_many
from ligne.journal.services.sealing import seal
from ligne.journal.services.verifying import Verification, verify

__all__ = ["Verification", "forget", "make_months", "record", "record_many", "seal", "verify", "webhooks"]
