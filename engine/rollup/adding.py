"""What a field of an upper report comes to over the reports that it collects. Pure.

Decimals are exact, and what nobody answered is no zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from forms.expression import EvaluationError, plain
from workflows.rollups import Rollup, Source

# So many rows of all reports together: a form holds no more.
MOST_ROWS = 2_000
_UNIT = "单位"


@dataclass(frozen=True)
class Report:
    """One of the reports that are collected. standing: accepted, filed, missing. given: what an accepted one says in its duty's
    own form, more than one where several filed it side by side. at: when it was accepted."""

    id: UUID
    duty: str
    unit: str
    standing: str
    given: tuple[Mapping[str, Any], ...] = ()
    at: datetime | None = None


@dataclass(frozen=True)
class Fields:
    """What is known of the fields that are filled in. percent: those in %; columns: of those that are tables."""

    percent: frozenset[str] = frozenset()
    columns: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """What one report brought to a field: a number, a text, a list, of a ratio what is divided and by what."""

    id: UUID
    unit: str
    value: Any


@dataclass(frozen=True)
class Filled:
    """A field as it was worked out, in JSON; None where nothing gives it. blank: reports that were accepted and did not say."""

    value: Any
    parts: tuple[Part, ...] = ()
    blank: tuple[Part, ...] = ()


def add_up(rules: Mapping[str, Rollup], reports: Sequence[Report], fields: Fields) -> dict[str, Filled]:
    """Return field -> what it comes to."""
    return {name: _filled(rule, reports, fields) for name, rule in rules.items()}


def standing_units(reports: Sequence[Report], standing: str) -> list[str]:
    """Return the names of the units that owe anything, or that have handed in, been accepted for, or miss any of it."""
    units: dict[str, set[str]] = {}
    for one in reports:
        units.setdefault(one.unit, set()).add(one.standing)
    wanted: Mapping[str, Callable[[set[str]], bool]] = {
        "owed": bool, "missing": lambda found: "missing" in found, "filed": lambda found: "missing" not in found,
        "accepted": lambda found: found == {"accepted"},
    }  # fmt: skip
    return [unit for unit, found in units.items() if wanted[standing](found)]


def _filled(rule: Rollup, reports: Sequence[Report], fields: Fields) -> Filled:
    known = [one for one in reports if not rule.of or one.duty in rule.of]
    if rule.standing:
        names = standing_units(known, rule.standing)
        first = {one.unit: one.id for one in reversed(known)}
        named = tuple(Part(first[name], name, 1 if rule.how == "count" else name) for name in names)
        return Filled(len(names) if rule.how == "count" else names, named)
    parts: list[Part] = []
    blank: list[Part] = []
    for one in known:
        if one.standing == "accepted":
            values = [found for given in one.given for found in _said(rule, one, given, fields)]
            (parts if values else blank).append(Part(one.id, one.unit, _together(rule, values)))
    return Filled(_total(rule, parts, known, fields), tuple(parts), tuple(blank))


def _said(rule: Rollup, of: Report, given: Mapping[str, Any], fields: Fields) -> Iterator[Any]:
    """Yield what one report says, as often as it says it."""
    source = rule.sources[0]
    rows = given.get(source.field)
    if rule.how == "count" or source.column or (rule.how == "list" and isinstance(rows, list)):
        if not isinstance(rows, list):
            return
        chosen = [row for row in rows if not isinstance(row, dict) or _holds(rule, row, of.unit)]
        if rule.how == "count":
            yield Decimal(len(chosen))
        elif rule.how == "list":
            yield from (_row(row, of.unit, fields.columns.get(rule.field)) for row in chosen)
        elif chosen and (numbers := [_number(row, source.column) for row in chosen if isinstance(row, dict)]):
            yield from (one for one in numbers if one is not None)
        elif not chosen:
            yield Decimal(0)  # a table without such a row says that there is none
        return
    if not _holds(rule, given, of.unit):
        return
    if rule.how == "ratio":
        pair = [_value(given, one) for one in rule.sources]
        if None not in pair:
            yield pair
    else:
        value = _value(given, source) if rule.how == "sum" else given.get(source.field)
        if value is not None and value != "":
            yield value


def _value(given: Mapping[str, Any], source: Source) -> Decimal | None:
    if not source.column:
        return _number(given, source.field)
    rows = given.get(source.field)
    found = (
        [_number(row, source.column) for row in rows if isinstance(row, dict)]
        if isinstance(rows, list)
        else []
    )
    numbers = [one for one in found if one is not None]
    return sum(numbers, Decimal(0)) if numbers else None


def _together(rule: Rollup, values: list[Any]) -> Any:
    """Return in JSON what one report brought."""
    if not values:
        return None
    if rule.how in ("sum", "count"):
        return plain(sum(values, Decimal(0)))
    if rule.how == "ratio":
        return [plain(sum((pair[place] for pair in values), Decimal(0))) for place in (0, 1)]
    return values if rule.how == "list" else values[-1]


def _total(rule: Rollup, parts: Sequence[Part], known: Sequence[Report], fields: Fields) -> Any:
    if rule.how == "list":
        return [one for part in parts for one in part.value][:MOST_ROWS]
    if rule.how == "count":
        return sum(part.value for part in parts)
    if not parts:
        return None
    if rule.how == "sum":
        return plain(sum((Decimal(str(part.value)) for part in parts), Decimal(0)))
    if rule.how == "latest":
        at = {one.id: one.at for one in known if one.at is not None}
        dated = [(at[part.id], place) for place, part in enumerate(parts) if part.id in at]
        return parts[max(dated)[1] if dated else -1].value
    over, under = (sum((Decimal(str(part.value[place])) for part in parts), Decimal(0)) for place in (0, 1))
    if not under:
        return None
    found = over / under * (100 if rule.field in fields.percent else 1)
    return plain(found.quantize(Decimal(1).scaleb(-rule.digits), ROUND_HALF_UP))


def _holds(rule: Rollup, names: Mapping[str, Any], unit: str) -> bool:
    """Tell whether a report, or a row of it, is chosen; one for which that cannot be worked out is not."""
    if rule.when is None:
        return True
    try:
        return rule.when.holds({_UNIT: unit, **names})
    except EvaluationError:
        return False


def _row(row: Any, unit: str, columns: frozenset[str] | None) -> Any:
    """Return a row with the columns of the table here; whose it is stands in 单位, unless it says so itself."""
    if not isinstance(row, dict) or columns is None:
        return row
    kept = {key: value for key, value in row.items() if key in columns}
    return {_UNIT: unit, **kept} if _UNIT in columns and not kept.get(_UNIT) else kept


def _number(given: Mapping[str, Any], name: str) -> Decimal | None:
    value = given.get(name)
    return (
        Decimal(str(value))
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        else None
    )
