"""What the elements of a campaign are made of: dates as written, recurrences, triggers, targets. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from forms.expression import Expression
from workflows.periods import Each


@dataclass(frozen=True)
class When:
    """A date as it was written: a literal date, or an expression over the names in `workflows.dates`.

    Exactly one of the two is set. text: the source, for people.
    """

    text: str
    day: date | None = None
    rule: Expression | None = None
    line: int = 0


@dataclass(frozen=True)
class Notice:
    """The document that orders the campaign."""

    issuer: str
    number: str
    issued: date | None
    title: str = ""
    line: int = 0


@dataclass(frozen=True)
class Amends:
    """Which running plan a package replaces. What is empty says nothing; `number` is of the former notice."""

    package: str = ""
    version: str = ""
    number: str = ""
    line: int = 0


@dataclass(frozen=True)
class Period:
    """The campaign's span; without an end it runs until it is closed."""

    start: When
    end: When | None
    line: int = 0


@dataclass(frozen=True)
class Every:
    """A recurrence within a span, both ends included: an RFC 5545 rule of whole days, or one time in each period, or in each of
    the seasons of the tenant's calendar.

    rule: of the days on which it is due; empty for `seasons`. each: the period, which is due on its last day; then `rule` says
    the same. start, end: None = the campaign's. roll: where a due date that is no working day goes. missed: what happens to
    occurrences that passed while the service was down. opens: when each opens (knows `due`, and `season`); None = the day after
    the previous due date, the first at `start`; for `each` and `seasons` the first day of the period or season.
    first: whether a period that had begun before `start` counts. last: what becomes of one that is not over at `end`: dropped,
    due at `end`, or due as a whole. times: so often in each period. undated: no due date, whatever the rule says.
    due: of `seasons`, knows `season`; None = its last day. shifts: name -> until when, in their order over the day, empty = to
    its end; each day on which it comes is for each of them. until: the event that ends what an event began for one unit.
    """

    rule: str
    start: When | None = None
    end: When | None = None
    roll: Literal["none", "earlier", "later"] = "none"
    missed: Literal["once", "each"] = "once"
    opens: Expression | None = None
    line: int = 0
    each: Each | None = None
    first: Literal["count", "skip"] = "count"
    last: Literal["drop", "at_end", "whole"] = "drop"
    times: int = 1
    undated: bool = False
    seasons: tuple[str, ...] = ()
    due: Expression | None = None
    until: str = ""
    shifts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RowSource:
    """A table field of a form, whose rows bear something; `when` says which rows, None = all."""

    form: str
    field: str
    when: Expression | None = None
    line: int = 0

    def __str__(self) -> str:
        return f"{self.form}.{self.field}"


@dataclass(frozen=True)
class On:
    """What starts a duty that neither the campaign's start nor a recurrence starts.

    kind `phase`: the phase `phase` starts or ends (`at`).
    kind `demand`: a member of one of the `actors` asks for it, about a unit of the actor `about` when set.
    kind `rows`: each row of the tables `sources` of submitted forms; `unit_field`: the field of a row that names the unit which
    the duty is about, empty = whom the forms concern. kind `event`: the event `event` is thrown.
    kind `collected`: what is owed by the duties `duties` on one day has been handed in by all, or that day is over.
    """

    kind: Literal["phase", "demand", "rows", "event", "collected"]
    phase: str = ""
    at: Literal["start", "end"] = "start"
    actors: tuple[str, ...] = ()
    about: str = ""
    sources: tuple[RowSource, ...] = ()
    event: str = ""
    line: int = 0
    unit_field: str = ""
    duties: tuple[str, ...] = ()


@dataclass(frozen=True)
class Disputed:
    """Dates on which the notice contradicts itself: kept or dropped, as the tenant chooses."""

    dates: tuple[date, ...]
    why: str
    default: Literal["keep", "drop"] = "keep"
    line: int = 0


@dataclass(frozen=True)
class Target:
    """What an indicator should be: one comparison, or a span with both ends included (`1..2`).

    uncapped: of a span, more than its upper end will do, too.
    """

    text: str
    op: Literal["==", "!=", "<", "<=", ">", ">=", ".."]
    value: Decimal
    upper: Decimal | None = None
    uncapped: bool = False

    def met(self, value: Decimal | int | None) -> bool | None:
        """Tell whether `value` meets the target; None when there is no value yet."""
        if value is None:
            return None
        return {
            "==": value == self.value,
            "!=": value != self.value,
            "<": value < self.value,
            "<=": value <= self.value,
            ">": value > self.value,
            ">=": value >= self.value,
            "..": self.upper is not None and self.value <= value and (self.uncapped or value <= self.upper),
        }[self.op]


@dataclass(frozen=True)
class Variant:
    """One edition of a table, for some of the units.

    unit: for which units it is; None = for all that no earlier one is for. areas, items: how many the notice says there are.
    """

    id: str
    title: str = ""
    unit: Expression | None = None
    areas: int | None = None
    items: int | None = None
    line: int = 0
