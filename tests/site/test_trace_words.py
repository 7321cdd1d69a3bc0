from __future__ import annotations

from importlib import import_module
from pathlib import Path

import ligne
from ligne.kit import bus
from ligne.site.trace_words import WORDS


def test_every_kind_of_entry_is_called_something() -> None:
    root = Path(ligne.__file__ or "").parent
    for path in root.rglob("events.py"):
        import_module(".".join(("ligne", *path.relative_to(root).with_suffix("").parts)))
    kinds = {kind for kind, event in bus.kinds.items() if event.__module__.startswith("ligne.")}
    assert kinds - set(WORDS) == set(), "give them a line in site/trace_words.py"
    assert set(WORDS) - kinds == set(), "these no longer exist"
