"""Invents units that a package's selectors mean, for those who rehearse before any unit is known. Pure, deterministic.

Of each selector the values that it compares with are tried: `output > 90` is true for 91. No name is a real one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice, product
from typing import Any

from engine.rehearsal.cast import MOST, Cast, Extra, place
from forms.expression import EvaluationError, Expression, comparisons
from tenants.errors import Invalid
from tenants.roster.units import KINDS
from tenants.text import say
from workflows.elements import Actor
from workflows.package import Package
from workflows.suggest import instead
from workflows.whom import SUBJECT

# What stands below what, where the package does not say.
_OVER = {"office": "bureau", "mine": "company", "section": "mine", "crew": "section"}
_USUAL: Mapping[str, Mapping[str, Any]] = {
    "bureau": {"mandate": "all"},
    "office": {"mandate": "all"},
    "mine": {"status": "生产", "method": "井工", "output": 90, "shifts": 3},
}
# So many combinations of values are tried for one selector.
_TRIES = 2_000
_OTHER = "其他"


def invent(
    package: Package, wanted: Mapping[str, int] | None = None, translate: Callable[[str], str] = str
) -> Cast:
    """Return invented units: so many of each wanted kind; of every other kind that the package's actors need as many as it
    takes that each of them means one.

    A post of the tenant itself gets an office that holds it. Raises Invalid for a kind that no actor reads.
    """
    wanted = wanted or {}
    needed = needed_kinds(package)
    for kind in wanted:
        if kind not in needed and kind not in KINDS:
            do = say("本方案用到的类型：{kinds}。", kinds=tuple(needed) or "—")
            raise Invalid(say("没有责任主体用到类型“{kind}”。", kind=kind), instead(kind, needed, do))
    if any(n < 0 for n in wanted.values()) or sum(wanted.values()) > MOST:
        raise Invalid(say("单位数要在 0 到 {max} 之间。", max=MOST), say("请改小。"))
    counts = {
        kind: wanted[kind] if kind in wanted else len(list(_assignments(package, kind)))
        for kind in (*needed, *(kind for kind in wanted if kind not in needed))
    }
    units = _offices(package, counts, translate)
    over = _overs(package, counts)
    for kind in _downwards(counts, over):
        above = [unit for unit in units if unit.kind == over.get(kind)]
        made = list(_assignments(package, kind))
        for n in range(counts[kind]):
            facts = {**made[n % len(made)]}
            parent = above[n % len(above)] if above else None
            units.append(_unit(len(units) + 1, kind, n, facts, parent, translate, package.kinds))
    return Cast(_marked(package, units))


def _marked(package: Package, units: list[Extra]) -> list[Extra]:
    """Return the units with what their attributes name: one after the other of those that the actor may be."""
    for actor in package.actors.values():
        rule = actor.unit
        may = [unit for unit in units if _holds(rule, unit.facts())] if actor.attribute and rule else []
        codes = {unit.code for unit in may}
        units = [
            replace(unit, attributes={**unit.attributes, actor.attribute: may[n % len(may)].code})
            if may and unit.code not in codes
            else unit
            for n, unit in enumerate(units)
        ]
    return units


def needed_kinds(package: Package) -> dict[str, None]:
    """Return the kinds of units that the package's actors may mean, in the order in which they are named."""
    found: dict[str, None] = {}
    for actor in package.actors.values():
        if actor.unit is not None:
            for kind in _values(actor.unit).get("kind", {}):
                if isinstance(kind, str) and kind != _OTHER and next(_satisfying(actor.unit, kind), None):
                    found[kind] = None
    return found


def _offices(package: Package, counts: dict[str, int], translate: Callable[[str], str]) -> list[Extra]:
    """Return the authority with an office for each of its posts; they stand apart from what is counted."""
    posts: dict[str, Actor] = {}
    for actor in package.actors.values():
        if actor.kind == "post" and not actor.of and actor.post:
            posts.setdefault(actor.post, actor)
    if not posts:
        return []
    counts.pop("bureau", None)
    name = say("虚拟主管部门").render(translate)
    bureau = place(1, None, name=name, kind="bureau", attributes=_USUAL["bureau"])
    units = [bureau]
    for actor in posts.values():
        name = say("虚拟{title}", title=actor.title).render(translate)
        units.append(
            place(len(units) + 1, bureau, name=name, kind="office", attributes=_USUAL["office"], posts=(actor.post,))
        )  # fmt: skip
    counts["office"] = max(counts.get("office", 0) - len(posts), 0)
    return units


def _overs(package: Package, counts: Mapping[str, int]) -> dict[str, str]:
    """Return below which kind each kind stands."""
    over = {kind: up for kind, up in _OVER.items() if kind in counts and counts.get(up)}
    for actor in package.actors.values():
        if actor.kind == "below" and actor.unit is not None:
            bases = [package.actors[name] for name in actor.below if name in package.actors]
            ups = [up for base in bases for up in _kinds_of(base) if counts.get(up)]
            for kind in _kinds_of(actor):
                # The first way that is not a circle counts.
                if kind not in over and ups and kind not in _line(ups[0], over):
                    over[kind] = ups[0]
    for actor in package.actors.values():
        if actor.kind == "above":
            _put_below(package, over, actor.above, actor, counts)
    for duty in package.duties.values():
        about = duty.about or (duty.on.about if duty.on is not None else None)
        for actor in (package.actors[name] for name in duty.by if name in package.actors):
            if about and actor.kind == "above" and SUBJECT in actor.above:
                _put_below(package, over, (about,), actor, counts)
    return over


def _put_below(
    package: Package, over: dict[str, str], names: Iterable[str], above: Actor, counts: Mapping[str, int]
) -> None:
    """Let what the actors mean stand below what `above` means, where nothing of that stands above it yet."""
    ups = [kind for kind in _kinds_of(above) if counts.get(kind)]
    bases = [package.actors[name] for name in names if name in package.actors]
    for kind in (kind for base in bases for kind in _kinds_of(base)):
        line = _line(kind, over)
        if ups and not set(line) & set(ups) and line[-1] not in _line(ups[0], over):
            over[line[-1]] = ups[0]


def _kinds_of(actor: Actor) -> list[str]:
    return (
        [kind for kind in _values(actor.unit).get("kind", {}) if isinstance(kind, str)] if actor.unit else []
    )


def _line(kind: str, over: Mapping[str, str]) -> list[str]:
    found = [kind]
    while found[-1] in over and over[found[-1]] not in found:
        found.append(over[found[-1]])
    return found


def _downwards(counts: Mapping[str, int], over: Mapping[str, str]) -> list[str]:
    return sorted(counts, key=lambda kind: len(_line(kind, over)))


def _unit(
    number: int,
    kind: str,
    n: int,
    facts: dict[str, Any],
    parent: Extra | None,
    translate: Callable[[str], str],
    titles: Mapping[str, str],
) -> Extra:
    words = KINDS[kind].render(translate) if kind in KINDS else titles.get(kind, kind)
    name = facts.pop("name", None) or say("虚拟{kind}{n}号", kind=words, n=n + 1).render(translate)
    facts.pop("kind", None)
    return place(
        number, parent, name=name, kind=kind, status=str(facts.pop("status", "")),
        code=str(facts.pop("code", None) or f"{kind}-{n + 1}"), attributes=facts,
    )  # fmt: skip


def _assignments(package: Package, kind: str) -> Iterator[dict[str, Any]]:
    """Yield facts for units of a kind such that every selector that can mean one does mean one: those that fit most first."""
    rules = [actor.unit for actor in package.actors.values() if actor.unit is not None]
    tries: list[dict[str, Any]] = [{**_USUAL.get(kind, {}), "kind": kind}]
    for rule in rules:
        if (found := next(_satisfying(rule, kind), None)) is not None:
            tries.append({**_USUAL.get(kind, {}), **found})
    fits = [frozenset(n for n, rule in enumerate(rules) if _holds(rule, one)) for one in tries]
    order = sorted(range(len(tries)), key=lambda n: -len(fits[n]))
    covered: set[int] = set()
    for n in order:
        if n == order[0] or not fits[n] <= covered:
            covered |= fits[n]
            yield tries[n]


def _satisfying(rule: Expression, kind: str) -> Iterator[dict[str, Any]]:
    """Yield facts of a unit of that kind for which the rule holds, the usual ones where it does not mind."""
    values = {name: list(found) for name, found in _values(rule).items() if name != "kind"}
    usual = {**_USUAL.get(kind, {}), "kind": kind}
    options = [[usual[name], *found] if name in usual else found for name, found in values.items()]
    for some in islice(product(*options), _TRIES):
        facts = {**usual, **dict(zip(values, some, strict=True))}
        if _holds(rule, facts):
            yield facts


def _holds(rule: Expression, facts: Mapping[str, Any]) -> bool:
    try:
        return rule.evaluate(facts) is True
    except EvaluationError:
        return False


def _values(rule: Expression) -> dict[str, dict[Any, None]]:
    """Return for each name that the rule reads the values that may make it true or false."""
    found: dict[str, dict[Any, None]] = {name: {} for name in rule.names}
    for name, sign, literals in comparisons(rule.tree):
        for value in _tried(sign, literals):
            found.setdefault(name, {})[value] = None
    return {name: values or {True: None, False: None} for name, values in found.items()}


def _tried(sign: str, literals: Iterable[Any]) -> Iterator[Any]:
    """Yield the values on either side of what a name is compared with."""
    for kind, text in literals:
        if kind == "text":
            yield text
            continue
        number = float(text) if "." in str(text) else int(text)
        yield from (number, number + 1, number - 1)
    if sign in ("!=", "not in"):
        yield _OTHER
