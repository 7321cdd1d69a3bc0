"""A registry of variants: a file, a line here, a conformance test run over all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """Named variants of one port, in the order they were registered."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._items: dict[str, T] = {}

    def register(self, key: str, item: T) -> T:
        """Add `item` under `key`; the same key twice is a mistake, except for the same object."""
        if self._items.get(key, item) is not item:
            raise ValueError(f"two entries called {key!r} in the registry of {self.what}")
        self._items[key] = item
        return item

    def remove(self, key: str) -> None:
        """Forget `key`; for tests that register a variant of their own."""
        self._items.pop(key, None)

    def get(self, key: str) -> T:
        """The variant called `key`. Raises KeyError with the names that exist."""
        try:
            return self._items[key]
        except KeyError:
            raise KeyError(f"no {self.what} called {key!r}; there are: {', '.join(self._items)}") from None

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def __iter__(self) -> Iterator[T]:
        return iter(list(self._items.values()))

    def items(self) -> list[tuple[str, T]]:
        """Pairs of name and variant."""
        return list(self._items.items())
