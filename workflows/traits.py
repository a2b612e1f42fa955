"""What selectors read of a unit, beside its kind: which attributes, of which kinds, compared with what. Pure.

An administrator who enters a unit has to meet the words that the package compares with: `类别 == '井工煤矿'` means nobody where
somebody wrote 井工. Pages offer what is found here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from forms.expression import Expression, comparisons
from workflows.package import Package

STATUS = "status"
# What every unit has by itself.
_OWN = frozenset({"kind", "name", "code", "id"})


@dataclass
class Trait:
    """One attribute. values: texts that it is compared with, in order. number: it is compared with numbers.

    kinds: those that the selectors name which read it; none of them = it may be any.
    """

    values: dict[str, None] = field(default_factory=dict)
    kinds: dict[str, None] = field(default_factory=dict)
    number: bool = False

    def of(self, kind: str) -> bool:
        """Tell whether units of a kind may need it."""
        return not self.kinds or kind in self.kinds


def traits(package: Package) -> Mapping[str, Trait]:
    """Return attribute -> what the package's actors and tables read of it, the status among them; not to be changed."""
    found: dict[str, Trait] = {}
    for rule in _rules(package):
        compared = list(_compared(rule))
        kinds = [value for name, value in compared if name == "kind" and isinstance(value, str)]
        for name in sorted(rule.names - _OWN):
            trait = found.setdefault(name, Trait())
            trait.kinds |= dict.fromkeys(kinds)
        for name, value in compared:
            if name in found and isinstance(value, str):
                found[name].values[value] = None
            elif name in found:
                found[name].number = True
    for actor in package.actors.values():
        if actor.attribute:
            found.setdefault(actor.attribute, Trait())
    return found


def kinds_of(package: Package) -> dict[str, str]:
    """Return the kinds of units that a package knows -> what they are called: as it says itself, else after the actor that is
    all units of the kind, else after the first that may be one."""
    named: dict[str, str] = {}
    unnamed: dict[str, str] = {}
    rules = [(actor.title, actor.unit) for actor in package.actors.values() if actor.unit is not None]
    for title, rule in sorted(rules, key=lambda one: len(one[1].names)):
        kinds = [str(value) for name, value in _compared(rule) if name == "kind"]
        unnamed |= {kind: kind for kind in kinds}
        if len(kinds) == 1:
            named.setdefault(kinds[0], title)
    return {**unnamed, **named, **package.kinds}


def merged(every: Iterable[Mapping[str, Trait]]) -> dict[str, Trait]:
    """Return what several packages read."""
    found: dict[str, Trait] = {}
    for one in every:
        for name, trait in one.items():
            known = found.setdefault(name, Trait())
            known.values |= trait.values
            known.kinds |= trait.kinds
            known.number |= trait.number
    return found


def _rules(package: Package) -> Iterator[Expression]:
    for actor in package.actors.values():
        if actor.unit is not None:
            yield actor.unit
    for table in package.tables.values():
        for variant in table.variants.values():
            if variant.unit is not None:
                yield variant.unit


def _compared(rule: Expression) -> Iterator[tuple[str, str | int]]:
    """Yield each name of a rule with each text it is compared with, and with 0 where it is compared with a number."""
    for name, _sign, literals in comparisons(rule.tree):
        for kind, text in literals:
            yield name, str(text) if kind == "text" else 0
