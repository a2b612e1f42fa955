"""A mapping whose values are made when they are read: dates may lean on each other in any order. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping


class Lazy(Mapping[str, object]):
    """keys: returns the keys when somebody goes through them. make: returns a value; raises KeyError for what is no key."""

    def __init__(self, keys: Callable[[], Iterable[str]], make: Callable[[str], object]) -> None:
        self._keys, self._make = keys, make

    def __getitem__(self, key: str) -> object:
        return self._make(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys())

    def __len__(self) -> int:
        return len(list(self._keys()))
