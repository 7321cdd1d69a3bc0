"""What can be done with customers: open and change files, points, ties, consents; merge; erase; import and export."""

from ligne.customers.services import imports
from ligne.customers.services.consents import consent, withdraw
from ligne.customers.services.doors import lock_customer
from ligne.customers.services.erasure import erase
from ligne.customers.services.exports import export_csv, export_xlsx
from ligne.customers.services.files import create, unmask, update
from ligne.customers.services.links import link, unlink
from ligne.customers.services.merging import merge, tell_apart, unmerge
from ligne.customers.services.oppositions import lift, oppose
from ligne.customers.services.points import (
    add_address,
    add_point,
    prefer_point,
    retire_address,
    retire_point,
    verify_point,
)
from ligne.customers.services.proofs import ProofFile, attach_proof, purge_proofs
from ligne.customers.services.retention import erase_many, let_go, let_go_everywhere
from ligne.customers.services.segments import set_segment

__all__ = [
    "ProofFile",
    "add_address",
    "add_point",
    "attach_proof",
    "consent",
    "create",
    "erase",
    "erase_many",
    "export_csv",
    "export_xlsx",
    "imports",
    "let_go",
    "let_go_everywhere",
    "lift",
    "link",
    "lock_customer",
    "merge",
    "oppose",
    "prefer_point",
    "purge_proofs",
    "retire_address",
    "retire_point",
    "set_segment",
    "tell_apart",
    "unlink",
    "unmask",
    "unmerge",
    "update",
    "verify_point",
    "withdraw",
]
