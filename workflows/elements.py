"""What a campaign package says, as frozen dataclasses. Pure data: nothing here reads, checks or runs.

Every element keeps the line it was written on, so that whoever finds something wrong with it can say where.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from functools import cached_property
from typing import Literal

from forms.datasets import DataSet
from forms.expression import Expression
from workflows.bpmn import Drawing
from workflows.decisions import Decision
from workflows.hours import hour_of
from workflows.moments import Element as Element
from workflows.moments import Milestone as Milestone
from workflows.moments import Phase as Phase
from workflows.parts import Amends, Disputed, Every, Notice, On, Period, RowSource, Target, When
from workflows.parts import Variant as Variant
from workflows.rollups import Carried, Rollup

Level = Literal["country", "province", "city", "county", "township"]
Strength = Literal["必须", "力争", "预期", "原则上"]
Lock = Literal["mandatory", "tighten", "free"]
ClauseKind = Literal["phase", "duty", "report", "target", "rule", "exhortation"]


@dataclass(frozen=True, kw_only=True)
class Actor(Element):
    """A role in the campaign: a selector over units or posts, evaluated for each occurrence.

    kind `unit`: every unit for which `unit` is true.
    kind `post`: the post `post`, in each unit that the actors `of` pick, or anywhere in the tenant when `of` is empty.
    kind `above`: the nearest ancestor, for which `unit` is true, of each unit that the actors `above` pick; `subject`
    among them stands for the unit concerned, which may itself be the one.
    kind `below`: every unit, for which `unit` is true, below those that the actors `below` pick.
    kind `line`: another tenant, along the reporting line `along`.
    kind `chosen`: the units that the tenant chooses, at the launch or later, among those for which `unit` is true; nobody until
    then.
    kind `named`: the unit that the last accepted answers to `named_by` name: those of each unit that the actors `of` pick, or the
    last of all when `of` is empty; nobody until then.
    kind `marked`: the unit whose name or code stands in the attribute `attribute` of the unit concerned, or of the nearest above
    it that has it; with `of`, of each unit that these actors pick.
    aliases: what else the notice calls it.
    at: the level of the authorities in which it is found; empty = here. Below that level it is the superior of that level; above
    it those units that stand for authorities report by themselves.
    """

    kind: Literal["unit", "post", "above", "below", "line", "chosen", "named", "marked"]
    unit: Expression | None = None
    of: tuple[str, ...] = ()
    post: str | None = None
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    along: str | None = None
    named_by: RowSource | None = None
    attribute: str = ""
    aliases: tuple[str, ...] = ()
    at: Level | Literal[""] = ""


@dataclass(frozen=True, kw_only=True)
class Duty(Element):
    """Something an actor must do, once, repeatedly, or whenever something happens. With a recipient it is a report.

    by, to: actor ids. about: actor id; one for each unit that it picks, done by `by`: by each unit that is meant, or by the one
    that is meant as seen from the unit it is about (`workflows.whom`).
    process: file stem under processes/. form: the form its process calls "form".
    start: when it opens (None = the campaign's start). due: None with no `every` = undated.
    partners: actors that do it together with `by`, or sign beside it; others: the notice leaves open who else does.
    open_to: the notice does not say who receives it; the tenant does, and until then it stays with whoever makes it.
    hidden: `about` = the unit it is about never sees it; empty = nobody is shut out.
    standing: goes on when the campaign ends. prefill: field -> expression for the answer it starts with. rollup: field -> how it
    comes from the reports that are collected.
    milestones: dates inside of it, by id; without a date of its own it is due with the last of them.
    hour: until what time of its due day it is in time, local; None = to the end of that day.
    collects: duties whose reports of the same period it takes in, though the calendar opens it.
    serves: the duty of the same day that one document may settle with it, where the tenant says so; empty = none.
    """

    by: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    others: bool = False
    open_to: bool = False
    about: str | None = None
    process: str = "duty"
    form: str | None = None
    start: When | None = None
    due: When | None = None
    every: Every | None = None
    on: On | None = None
    hidden: Literal["", "about"] = ""
    standing: bool = False
    disputed: Disputed | None = None
    prefill: Mapping[str, Expression] = field(default_factory=dict)
    rollup: Mapping[str, Rollup] = field(default_factory=dict)
    milestones: Mapping[str, Milestone] = field(default_factory=dict)
    hour: time | None = None
    serves: str = ""
    collects: tuple[str, ...] = ()

    def hour_of(self, called: str) -> time | None:
        """Return the hour for one instance; called: its title, which ends with its shift where it has one."""
        return hour_of(self.hour, self.every.shifts if self.every else {}, called)

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the duties whose reports it takes in."""
        return self.on.duties if self.on is not None and self.on.duties else self.collects

    @property
    def is_report(self) -> bool:
        """Tell whether somebody receives it, or will once the tenant says who."""
        return bool(self.to) or self.open_to


@dataclass(frozen=True, kw_only=True)
class Ledger(Element):
    """The table of instances of one process; its form describes one item.

    item_title: expression over the item's fields that names an item in lists; None = the ledger's title and a number.
    columns: fields shown in lists. from_rows: where items are born. states: the statuses an item may have, in order.
    unit_field: the field of a row that names the unit which the item concerns; empty, or naming none = whom its source concerns.
    from_forms: forms each of which is an item as a whole, one for each unit; what a unit hands in later brings its item up to
    date.
    pair: another ledger that says the rest of the same: of hazards and measures, for instance.
    shared: the name under which ledgers of several campaigns of a tenant are one list, such as a blacklist.
    outlives: items stay open when the campaign ends. carries: which of them another authority is kept up to date about.
    """

    process: str
    form: str | None = None
    item_title: Expression | None = None
    columns: tuple[str, ...] = ()
    from_rows: tuple[RowSource, ...] = ()
    from_forms: tuple[str, ...] = ()
    pair: str = ""
    shared: str = ""
    states: tuple[str, ...] = ()
    outlives: bool = False
    unit_field: str = ""
    carries: Carried | None = None


@dataclass(frozen=True, kw_only=True)
class Indicator(Element):
    """A number computed from ledgers and the latest accepted answers, with a target.

    value: expression; ledgers and forms by id, as lists. unit: of the number, such as 条 or %.
    level: whose number it is, in the notice's words (县、矿、班次). per: computed for each period, the worst one shown.
    dated: the field (date, month, year) that says for when something counts; empty = its month or year, else the filing.
    trend: instead of a target, it is to fall or rise from one period to the next. years: only in these years.
    by: until when it is to be met. each: an actor, each unit of which has to meet it with what it and those below it brought.
    beside: another indicator that asks for something else; both stand, side by side.
    """

    value: Expression | None
    target: Target | None = None
    strength: Strength | None = None
    unit: str = ""
    level: str = ""
    per: Literal["", "week", "ten_days", "month", "quarter", "half_year", "year"] = ""
    dated: str = ""
    trend: Literal["", "falling", "rising"] = ""
    years: tuple[int, ...] = ()
    by: When | None = None
    each: str = ""
    beside: str = ""


@dataclass(frozen=True, kw_only=True)
class Choice(Element):
    """A list of choices that each tenant has of its own. default: what it is until the tenant says otherwise; none = any text."""

    default: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Table(Element):
    """A data set that forms ask about, row by row: a check table of the notice.

    version: what its issuer calls it. key, area, text: its columns with an item's id, its area, and what is asked.
    variants: in the order in which they are tried; the only one of a table without any has the id "".
    awaited: it arrives after the start; a tenant adds it to the running campaign.
    """

    version: str
    key: str
    area: str
    text: str
    variants: Mapping[str, Variant]
    awaited: bool = False

    def path(self, variant: str) -> str:
        """Return the file in a package that holds a variant."""
        return f"tables/{self.id}.{variant}.csv" if variant else f"tables/{self.id}.csv"


@dataclass(frozen=True, kw_only=True)
class Rule(Element):
    """A rule or sanction of the notice: kept with its clause, and with the flow that carries it out where one exists."""

    condition: str = ""
    then: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    process: str | None = None
    on: On | None = None


@dataclass(frozen=True)
class Form:
    """What is asked: JSON Schema 2020-12, how it is laid out, and an example of an answer."""

    id: str
    schema: Mapping[str, object]
    ui: Mapping[str, object] = field(default_factory=dict)
    example: Mapping[str, object] | None = None


@dataclass(frozen=True)
class Clause:
    """One addressable paragraph of the notice: 四（二）; repeated numbers get [1], [2].

    gist: in our own words. kind: what it asks for. exempt: why it needs no element; empty = it does.
    """

    path: str
    gist: str
    kind: ClauseKind
    exempt: str = ""
    line: int = 0


@dataclass(frozen=True)
class Package:
    """A campaign as files, read. `files` are the exact source bytes; `hash` names them and nothing else does.

    datasets: table -> variant -> what its file says; an awaited one is not there.
    kinds: kinds of units besides the usual, with their titles. amends: which running plan it replaces.
    library: `package@version` -> the other published packages whose processes it calls, or those call; put in by `publish.load`.
    """

    id: str
    version: str
    title: str
    level: Level
    notice: Notice
    period: Period
    actors: Mapping[str, Actor]
    phases: Mapping[str, Phase]
    duties: Mapping[str, Duty]
    ledgers: Mapping[str, Ledger]
    indicators: Mapping[str, Indicator]
    rules: Mapping[str, Rule]
    sanctions: Mapping[str, Rule]
    locks: Mapping[str, Lock]
    processes: Mapping[str, Drawing]
    forms: Mapping[str, Form]
    clauses: tuple[Clause, ...]
    files: Mapping[str, bytes]
    hash: str
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    datasets: Mapping[str, Mapping[str, DataSet]] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Choice] = field(default_factory=dict)
    amends: Amends | None = None
    library: Mapping[str, Package] = field(default_factory=dict)

    @cached_property
    def crosses(self) -> bool:
        """Tell whether any actor may be in another authority."""
        return any(actor.kind == "line" or actor.at for actor in self.actors.values())

    @cached_property
    def unsettled(self) -> tuple[Duty, ...]:
        """Return the duties of which the notice does not say who receives them."""
        return tuple(duty for duty in self.duties.values() if duty.open_to)

    @cached_property
    def collected(self) -> frozenset[str]:
        """Return the duties whose reports open another duty that collects them."""
        return frozenset(key for duty in self.duties.values() if duty.on for key in duty.on.duties)

    @cached_property
    def leaves_open(self) -> bool:
        """Tell whether anything is left for the tenant to settle: who somebody is, who receives a report, who joins in."""
        chosen = any(actor.kind == "chosen" for actor in self.actors.values())
        return (
            chosen
            or bool(self.unsettled)
            or bool(self.choices)
            or any(duty.others for duty in self.duties.values())
        )
