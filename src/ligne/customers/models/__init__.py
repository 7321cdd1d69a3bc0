"""The customer's file and its upkeep."""

from ligne.customers.models.file import (
    Address,
    Consent,
    ContactPoint,
    Customer,
    ErasedOpposition,
    FirstName,
    Key,
    Link,
    Opposition,
    Reverse,
    Segment,
    Surname,
    Town,
    key_field,
)
from ligne.customers.models.upkeep import ImportedLine, Job, MergeRecord, NotDuplicate

__all__ = [
    "Address",
    "Consent",
    "ContactPoint",
    "Customer",
    "ErasedOpposition",
    "FirstName",
    "ImportedLine",
    "Job",
    "Key",
    "Link",
    "MergeRecord",
    "NotDuplicate",
    "Opposition",
    "Reverse",
    "Segment",
    "Surname",
    "Town",
    "key_field",
]
