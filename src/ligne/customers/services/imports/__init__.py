"""Customers from a file: read it line by line, write it by batches, watch and cancel it."""

from ligne.customers.services.imports.running import cancel, discard_old, folder, import_file, start, work
from ligne.customers.services.imports.writing import Batch, Writer

__all__ = ["Batch", "Writer", "cancel", "discard_old", "folder", "import_file", "start", "work"]
