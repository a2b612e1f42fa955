"""What an indicator comes to over the facts that there are: at once, in its worst period, against the period before. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, cast
from uuid import UUID

from forms.expression import EvaluationError
from tenants.text import Message
from workflows.counts import COUNTS, DUTIES, duties_read
from workflows.elements import Indicator
from workflows.parts import Target
from workflows.periods import Each, name_of

Number = Decimal | int
_WHEN = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")


class Fact(NamedTuple):
    """An item of a ledger or the answers to a form. when: for which it counts, such as 2024-11-05, 2024-11, or only the year."""

    when: str
    row: Mapping[str, Any]
    unit_id: UUID | None = None


# Ledger or form -> what there is of it.
Facts = Mapping[str, Sequence[Fact]]
# Under this key, which no ledger or form can have, stands what was owed: rows of `duty` and its counts.
OWED = "duties.*"


@dataclass(frozen=True)
class Reading:
    """An indicator's value now. value: None = nothing to compute it from yet; met: None = no target or no value.

    month: of one that is computed for each period, the worst against its target (2024-11, 2024-Q4, 2024-H2, 2024; a 旬 by its
    last day); without one the newest.
    before: of a trend, the value of the period before. trouble: why it cannot be computed. by: until when; early: it is not that
    day yet. units: of one that is computed for each of several units, (name, reading); the value is how many of them meet it.
    """

    indicator: Indicator
    value: Number | None
    met: bool | None
    month: str = ""
    trouble: Message | None = None
    before: Number | None = None
    by: date | None = None
    early: bool = False
    units: tuple[tuple[str, Reading], ...] = ()


def measured(indicator: Indicator, facts: Facts) -> Reading:
    """Return what an indicator comes to over these facts."""
    if indicator.trend:
        return _trend(indicator, facts)
    if indicator.per:
        return of_worst_period(indicator, facts)
    return _read(indicator, {key: [one[1] for one in rows] for key, rows in facts.items()})


def of_each(indicator: Indicator, parts: Iterable[tuple[str, Facts]]) -> Reading:
    """Return an indicator that each of several units has to meet by itself."""
    units = tuple((name, measured(indicator, facts)) for name, facts in parts)
    if troubled := next((one for _, one in units if one.trouble), None):
        return replace(troubled, value=None, met=None, units=units)
    judged = [one.met for _, one in units if one.met is not None]
    met = all(judged) if judged and len(judged) == len(units) else False if False in judged else None
    return Reading(indicator, sum(judged) if judged else None, met, units=units)


def of_worst_period(indicator: Indicator, facts: Facts) -> Reading:
    """Return the reading of the period that is furthest from the target. A period of which nothing is known has none."""
    found = _by_period(indicator, facts)
    if troubled := next((reading for reading in found if reading.trouble), None):
        return troubled  # whether another period is worse nobody knows
    valued = [(reading, reading.value) for reading in found if reading.value is not None]
    if not valued:
        return Reading(indicator, None, None)
    return max(valued, key=lambda one: (_distance(indicator.target, one[1]), one[0].month))[0]


def _trend(indicator: Indicator, facts: Facts) -> Reading:
    """Hold the newest period against the one before it: a trend is nothing that one number could meet."""
    found = _by_period(indicator, facts)
    if troubled := next((reading for reading in found if reading.trouble), None):
        return troubled
    valued = [(reading, reading.value) for reading in found if reading.value is not None]
    if not valued:
        return Reading(indicator, None, None)
    last, value = valued[-1]
    if len(valued) < 2:
        return replace(last, met=None)
    before = valued[-2][1]
    return replace(
        last, before=before, met=value < before if indicator.trend == "falling" else value > before
    )


def period_of(when: str, per: str) -> str:
    """Return the period in which a day, month or year lies, such as 2024-Q4; of what is said too roughly for it, what is said."""
    if len(when) < 7 or (len(when) < 10 and per in ("week", "ten_days")):
        return when
    return name_of(cast(Each, per), date.fromisoformat(when if len(when) >= 10 else f"{when}-01"))


def when_of(indicator: Indicator, fact: Fact) -> str:
    """Return for when a fact counts: what its own field says, where the indicator names one, else what the fact says."""
    said = fact.row.get(indicator.dated) if indicator.dated else None
    return said if isinstance(said, str) and _WHEN.fullmatch(said) else fact.when


def _by_period(indicator: Indicator, facts: Facts) -> list[Reading]:
    read = indicator.value.names if indicator.value else frozenset()
    own = duties_read(indicator.value)
    per = indicator.per or "year"
    placed: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
    for key in read | {OWED} if DUTIES in facts else (read | {OWED}) - {DUTIES}:
        rows = placed.setdefault(key, {})
        for one in facts.get(key, ()):
            if key != OWED or one.row["duty"] in own:
                rows.setdefault(period_of(when_of(indicator, one), per), []).append(one.row)
    periods = sorted({period for rows in placed.values() for period in rows})
    wanted = [one for one in periods if not indicator.years or int(one[:4]) in indicator.years]
    return [
        _read(indicator, {key: rows.get(period, []) for key, rows in placed.items()}, period)
        for period in wanted
    ]


def _read(indicator: Indicator, names: Mapping[str, Any], month: str = "") -> Reading:
    value: Any = None
    if indicator.value is not None:
        try:
            value = indicator.value.evaluate(_with_duties(indicator, names))
        except EvaluationError as why:
            return Reading(indicator, None, None, month, why.what)
    if not isinstance(value, Decimal | int) or isinstance(value, bool):
        value = None
    return Reading(indicator, value, indicator.target.met(value) if indicator.target else None, month)


def _with_duties(indicator: Indicator, names: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the names with what was owed by each duty that the indicator reads: nothing, where nobody has owed it yet."""
    own = duties_read(indicator.value)
    if not own or DUTIES in names:
        return names  # a ledger of that name comes first
    counts = {key: dict.fromkeys(COUNTS, 0) for key in own}
    for row in names.get(OWED, ()):
        for key in COUNTS if row["duty"] in counts else ():
            counts[row["duty"]][key] += row[key]
    return {**names, DUTIES: counts}


def worst_first(units: Iterable[tuple[str, Reading]]) -> list[tuple[str, Reading]]:
    """Return units as somebody looks through them who has to see to it: what misses the target, the furthest first; what has no
    value yet; what meets it, the closest call first."""

    def place(one: tuple[str, Reading]) -> tuple[bool, bool, Decimal]:
        reading = one[1]
        far = _distance(reading.indicator.target, reading.value) if reading.value is not None else Decimal(0)
        return reading.met is not False, reading.met is not None, -far

    return sorted(units, key=place)


def _distance(target: Target | None, value: Number) -> Decimal:
    """Return how bad a value is: the higher, the further on the wrong side."""
    if target is None:
        return Decimal(0)
    off = value - target.value
    match target.op:
        case "<" | "<=":
            return off
        case ">" | ">=":
            return -off
        case "!=":
            return -abs(off)
        case ".." if target.upper is not None:
            return -off if target.uncapped else max(-off, value - target.upper)
    return abs(off)
