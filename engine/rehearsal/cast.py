"""The cast of a rehearsal: units that live in memory only, as a tree for selectors. Read from a file, or copied from a tenant."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from engine.actors import all_units, home_of
from engine.lineage import above
from engine.selection import fits
from tenants import lines
from tenants.db import Work
from tenants.errors import Invalid, Problem
from tenants.models import Unit
from tenants.roster.unit_plan import plan
from tenants.roster.units import FIELDS, read
from tenants.sheets import Row, Sheet, Value
from tenants.text import say
from workflows.elements import Actor
from workflows.marked_yaml import Mapped, read_yaml
from workflows.package import Package

# So many units, and no more: a province has some thousands of mines.
MOST = 20_000
_POSTS = ("岗位", "posts")
_BETWEEN = re.compile(r"[、,，;；\s]+")


@dataclass(frozen=True)
class Extra:
    """A unit on the stage. path: as `engine.selection.Place` has it. posts: those that somebody holds in it."""

    id: UUID
    path: str
    name: str
    kind: str
    status: str = ""
    code: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    posts: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """Return what selectors may read, as of any unit."""
        return {
            **self.attributes, "kind": self.kind, "status": self.status, "name": self.name, "code": self.code,
            "id": str(self.id),
        }  # fmt: skip


class Cast:
    """The units of a rehearsal, parents before children: an `engine.selection.Tree`. superiors: the levels that the tenant has
    above it; none where the whole chain is on the stage."""

    def __init__(self, units: Sequence[Extra], superiors: Collection[str] = ()) -> None:
        self._units = list(units)
        self._superiors = frozenset(superiors)
        self._by_id = {unit.id: unit for unit in units}
        self._called: dict[str, Extra | None] = {}
        for unit in units:
            self._called[unit.name] = None if unit.name in self._called else unit
        self._called |= {unit.code: unit for unit in units if unit.code}
        self._homes: dict[str, Extra] = {}
        for unit in units:
            for post in unit.posts:
                self._homes.setdefault(post, unit)

    def __len__(self) -> int:
        return len(self._units)

    def units(self) -> Sequence[Extra]:
        return self._units

    def ancestors(self, unit: Extra) -> list[Extra]:
        return [unit, *(self._by_id[key] for key in reversed(above(unit)) if key in self._by_id)]

    def find(self, unit_id: UUID) -> Extra | None:
        return self._by_id.get(unit_id)

    def called(self, word: str) -> Extra | None:
        return self._called.get(word)

    def home_of(self, post: str | None) -> Extra | None:
        return self._homes.get(post or "")

    def elsewhere(self, level: str) -> bool:
        return level in self._superiors

    def bound(self, package: Package, actor: Actor) -> Mapping[UUID | None, Sequence[Extra]]:
        """Return a unit for whom somebody will choose or name: the first that may be, not the one that names it."""
        named = [unit for unit in self._units if fits(actor, unit)][:1] if actor.unit else []
        return dict.fromkeys((None, *(unit.id for unit in self._units)), named) if named else {}


def place(number: int, parent: Extra | None, **facts: Any) -> Extra:
    """Return a unit below its parent; the number makes its id."""
    key = UUID(int=number)
    return Extra(id=key, path=f"{parent.path if parent else '/'}{key.hex}/", **facts)


def of_tenant(work: Work, package: Package) -> Cast:
    """Return the tenant's own units as they are today, with who holds the posts that the package names."""
    posts: dict[UUID, list[str]] = {}
    for post in {actor.post for actor in package.actors.values() if actor.kind == "post" and not actor.of}:
        home = home_of(work, post)
        if home is not None and post:
            posts.setdefault(home.id, []).append(post)
    superiors = lines.superiors(work.session, work.tenant.id)
    return Cast([_copy(unit, tuple(sorted(posts.get(unit.id, ())))) for unit in all_units(work)], superiors)


def _copy(unit: Unit, posts: tuple[str, ...]) -> Extra:
    return Extra(
        unit.id, unit.path, unit.name, unit.kind, unit.status, unit.code, dict(unit.attributes), posts
    )


def read_units(data: bytes, name: str, more: Collection[str] = ()) -> Cast:
    """Read units from a CSV or XLSX file as the import of units takes it (`tenants.roster.units`), or from YAML: a list of
    mappings with the same keys.

    Besides, 岗位 or posts names the posts that somebody holds there; every other column is an attribute. more: kinds of units
    besides the usual. Raises Invalid with every problem, and TooLarge.
    """
    is_yaml = name.lower().endswith((".yaml", ".yml"))
    try:
        found = plan(_from_yaml(data, name) if is_yaml else read(data, name), kinds=more)
    except Invalid as refusal:
        if not refusal.problems:
            raise
        # An import says that nothing was imported; here nobody wanted to.
        what = say("单位表有 {n} 处错误。", n=len(refusal.problems))
        raise Invalid(what, say("请按行列改正后再预演。"), problems=refusal.problems) from None
    made: dict[str, Extra] = {}
    for one in found.new:
        attributes = dict(one.attributes)
        posts = [text for key in _POSTS if (text := attributes.pop(key, None))]
        parent = made.get(one.parent or "")
        if one.active:
            made[one.code] = place(
                len(made) + 1, parent, name=one.name, kind=one.kind, status=one.status, code=one.code,
                attributes={key: value for key, value in attributes.items() if value is not None},
                posts=tuple(post for text in posts for post in _BETWEEN.split(str(text)) if post),
            )  # fmt: skip
    return Cast(list(made.values()))


def _from_yaml(data: bytes, name: str) -> Sheet:
    """Return a list of units as a table: one column for each key."""
    value, problems = read_yaml(data, name)
    if not problems and not (isinstance(value, list) and all(isinstance(one, Mapped) for one in value)):
        do = say("请写成列表，每个单位一项，写明 name 和 kind。")
        problems = [Problem(say("文件里不是单位的列表"), do, name, 1)]
    if problems:
        raise Invalid(say("单位表有 {n} 处错误。", n=len(problems)), problems=tuple(problems))
    called = {name: one.heading for one in FIELDS for name in one.names}
    units = [
        (one.line, {called.get(str(key), str(key)): _cell(written) for key, written in one.items()})
        for one in value
    ]
    keys = list(dict.fromkeys(key for _, unit in units for key in unit))
    rows = (Row(line, tuple(unit.get(key) for key in keys)) for line, unit in units)
    return Sheet(name, tuple(keys), tuple(rows))


def _cell(value: Any) -> Value:
    if isinstance(value, list):
        return "、".join(map(str, value))
    if isinstance(value, float):
        return Decimal(repr(value))
    return value if isinstance(value, str | int | bool) else None


def kinds(units: Iterable[Extra]) -> dict[str, int]:
    """Return how many units there are of each kind."""
    found: dict[str, int] = {}
    for unit in units:
        found[unit.kind] = found.get(unit.kind, 0) + 1
    return found
