"""What the journal asks of the house above it: words and names, which are not its to know."""

from __future__ import annotations

from collections.abc import Callable

from ligne.kit.registry import Registry
from ligne.kit.viewer import Viewer

# "people" and "principals": the names the viewer may know, by id.
names: Registry[Callable[[Viewer], dict[int, str]]] = Registry("names")
# Kind of entry -> sentence marked for translation ("Contact arrived").
words: dict[str, str] = {}


def known(which: str, viewer: Viewer) -> dict[int, str]:
    """The names of one sort; none when nobody tells them."""
    return names.get(which)(viewer) if which in names else {}
