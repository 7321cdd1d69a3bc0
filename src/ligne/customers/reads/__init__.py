"""What can be asked about customers. Every read takes the viewer and sees living customers of their principals only."""

from ligne.customers.reads.card import (
    Card,
    Tie,
    card,
    consents,
    law_facts,
    merges,
    oppositions,
    proof,
    proofs_held,
    segment,
    segments,
    ties,
    timeline,
)
from ligne.customers.reads.export import count as export_count
from ligne.customers.reads.jobs import job, jobs
from ligne.customers.reads.lines import Summary
from ligne.customers.reads.masking import contact_facts, must_mask
from ligne.customers.reads.matching import Candidate, Identification, identify, propose_duplicates
from ligne.customers.reads.sample import Known, some
from ligne.customers.reads.scope import get, survivor, visible
from ligne.customers.reads.search import Found, Page, exact, find, look, page, search, summaries
from ligne.customers.reads.together import Caller, identify_many

__all__ = [
    "Caller",
    "Candidate",
    "Card",
    "Found",
    "Identification",
    "Known",
    "Page",
    "Summary",
    "Tie",
    "card",
    "consents",
    "contact_facts",
    "exact",
    "export_count",
    "find",
    "get",
    "identify",
    "identify_many",
    "job",
    "jobs",
    "law_facts",
    "look",
    "merges",
    "must_mask",
    "oppositions",
    "page",
    "proof",
    "proofs_held",
    "propose_duplicates",
    "search",
    "segment",
    "segments",
    "some",
    "summaries",
    "survivor",
    "ties",
    "timeline",
    "visible",
]
