"""From clauses to elements and back: what the notice asks for and nobody has drawn yet. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workflows.elements import Clause, Duty, Element, Package

# What asks for an element; an exhortation (号召) has no test and needs none.
ASKING = frozenset({"phase", "duty", "report", "target", "rule"})


def elements(package: Package) -> Iterator[tuple[str, Element]]:
    """Yield every element that must name its clause, with its path, in the order of the file's sections."""
    sections: tuple[tuple[str, Mapping[str, Element]], ...] = (
        ("phases", package.phases),
        ("duties", package.duties),
        ("ledgers", package.ledgers),
        ("indicators", package.indicators),
        ("tables", package.tables),
        ("choices", package.choices),
        ("rules", package.rules),
        ("sanctions", package.sanctions),
    )
    for section, found in sections:
        for key, element in found.items():
            yield f"{section}.{key}", element
            if isinstance(element, Duty):
                yield from (
                    (f"{section}.{key}.milestones.{one.id}", one) for one in element.milestones.values()
                )


def carried_by(package: Package) -> Mapping[str, tuple[str, ...]]:
    """Return which elements carry each clause out: path of the clause -> paths of elements."""
    found: dict[str, list[str]] = {clause.path: [] for clause in package.clauses}
    for path, element in elements(package):
        for clause in element.clauses:
            found.setdefault(clause, []).append(path)
    return {clause: tuple(paths) for clause, paths in found.items()}


def uncovered(package: Package) -> tuple[Clause, ...]:
    """Return the clauses that ask for something, are not exempt, and have no element."""
    carried = carried_by(package)
    return tuple(
        clause
        for clause in package.clauses
        if clause.kind in ASKING and not clause.exempt and not carried.get(clause.path)
    )
