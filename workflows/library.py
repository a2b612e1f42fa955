"""The other packages whose processes a package calls: which there are, and all of them gathered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias

from workflows.elements import Package

# `package@version` -> that package as it was published or given, or None.
Find: TypeAlias = Callable[[str], Package | None]

# More packages than this behind one another are no library but a mistake.
MOST = 50


def calls_of(package: Package) -> frozenset[str]:
    """Return the other packages that a package's processes call, each as `package@version`."""
    return frozenset(
        node.call.source
        for drawing in package.processes.values()
        for node in drawing.calls
        if node.call is not None and node.call.source
    )


def gathered(package: Package, find: Find) -> Mapping[str, Package]:
    """Return all packages that a package calls, and those that they call, as far as they are found; MOST at most."""
    found: dict[str, Package] = {}
    todo = sorted(calls_of(package))
    while todo and len(found) < MOST:
        key = todo.pop()
        other = find(key) if key not in found else None
        if other is not None:
            found[key] = other
            todo += sorted(calls_of(other) - found.keys())
    return found


def with_library(package: Package, find: Find) -> Package:
    """Return the package with those that it calls at hand."""
    return replace(package, library=gathered(package, find)) if calls_of(package) else package


def among(packages: Iterable[Package]) -> Find:
    """Return how packages find each other that are looked at together."""
    known = {f"{one.id}@{one.version}": one for one in packages}
    return known.get
