"""What expressions of campaign.yaml read that is not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from forms.expression import Expression
from forms.fields import ROW
from tenants.errors import Problem
from tenants.text import say
from workflows import dates
from workflows.checks.collecting import check_collected_paths, collects
from workflows.checks.known import CAMPAIGN, ITEM_NAMES, Known, paths_in, stranger
from workflows.collected import COLLECTED
from workflows.counts import COUNTS, DUTIES, duty_paths
from workflows.elements import Actor, Duty, Indicator, Ledger, Package, Table
from workflows.parts import When

UNIT_NAMES = frozenset({"kind", "status", "name", "code"})
PREFILL_NAMES = frozenset({"unit", "about", "period", "opens", "due", "number", "phases", "notice", "today"})
_ENDS = frozenset({"start", "end"})
_NOTICE = frozenset({"issuer", "number", "issued", "title"})
# Units carry attributes of their own, so only what looks like a slip of the pen is named.
_SLIP = 0.74


def check_reading(known: Known) -> Iterator[Problem]:
    """Report every name that an expression reads and nothing gives."""
    package = known.package
    period = package.period
    yield from _when(package, period.start, "period.start")
    yield from _when(package, period.end, "period.end")
    for phase in package.phases.values():
        yield from _when(package, phase.start, f"phases.{phase.id}.start")
        yield from _when(package, phase.end, f"phases.{phase.id}.end")
    for actor in package.actors.values():
        yield from _selector(actor)
    for table in package.tables.values():
        yield from _variants(table)
    for duty in package.duties.values():
        yield from _duty(known, duty)
    for ledger in package.ledgers.values():
        yield from _ledger(known, ledger)
    for indicator in package.indicators.values():
        yield from _indicator(known, indicator)


def _when(package: Package, when: When | None, where: str, more: Iterable[str] = ()) -> Iterator[Problem]:
    if when is not None and when.rule is not None:
        yield from _dates(package, when.rule, when.line, where, more)


def _dates(
    package: Package, rule: Expression, line: int, where: str, more: Iterable[str] = ()
) -> Iterator[Problem]:
    names = dates.NAMES.union(more)
    yield from _unknown(rule.names - rule.item_names, names, line, where)
    yield from _paths(package, rule, line, where)


def _paths(package: Package, rule: Expression, line: int, where: str) -> Iterator[Problem]:
    """Dotted paths: phases.self_check.end, notice.issued, period.start."""
    for path in paths_in(rule.tree):
        shown = ".".join(path)
        if path[0] == "phases" and len(path) > 1 and path[1] not in package.phases:
            yield stranger(say("没有阶段“{name}”", name=path[1]), path[1], package.phases, line, where)
        elif path[0] == "phases" and len(path) == 2 and package.phases[path[1]].every:
            continue  # a round of it; whether there is such a one is known with its dates
        elif path[0] == "phases" and len(path) != 3:
            do = say("请写成 phases.编号.start 或 phases.编号.end。")
            yield Problem(say("“{path}”不是日期", path=shown), do, CAMPAIGN, line, where)
        elif path[0] in ("phases", "period") and len(path) > 1 and path[-1] not in _ENDS:
            yield stranger(say("“{path}”里只有 start 和 end", path=shown), path[-1], _ENDS, line, where)
        elif path[0] == "notice" and len(path) > 1 and path[1] not in _NOTICE:
            yield stranger(say("notice 里没有“{name}”", name=path[1]), path[1], _NOTICE, line, where)


def _selector(actor: Actor) -> Iterator[Problem]:
    for name in sorted(actor.unit.names - UNIT_NAMES) if actor.unit else ():
        yield from _slips(actor.title, name, actor.line, f"actors.{actor.id}.unit")


def _slips(title: str, name: str, line: int, where: str) -> Iterator[Problem]:
    """Report a name that is meant to be one of those that every unit has."""
    slip = next(
        (one for one in sorted(UNIT_NAMES) if SequenceMatcher(None, name, one).ratio() >= _SLIP), None
    )
    if slip:
        what = say("“{title}”的条件里写的是“{name}”", title=title, name=name)
        do = say("是否想写“{guess}”？若确是单位的属性，请换一个不易混淆的名称。", guess=slip)
        yield Problem(what, do, CAMPAIGN, line, where)


def _variants(table: Table) -> Iterator[Problem]:
    for variant in table.variants.values():
        for name in sorted(variant.unit.names - UNIT_NAMES) if variant.unit else ():
            yield from _slips(
                table.title, name, variant.line, f"tables.{table.id}.variants.{variant.id}.unit"
            )


def _duty(known: Known, duty: Duty) -> Iterator[Problem]:
    package, where = known.package, f"duties.{duty.id}"
    more = {"event"} if duty.on and duty.on.kind != "phase" else set()
    yield from _when(package, duty.start, f"{where}.start", more)
    yield from _when(package, duty.due, f"{where}.due", more)
    for one in duty.milestones.values():
        yield from _when(package, one.due, f"{where}.milestones.{one.id}.due", {*more, "due"})
    if duty.every:
        yield from _when(package, duty.every.start, f"{where}.every.start", more)
        yield from _when(package, duty.every.end, f"{where}.every.end", more)
        season = {"season"} if duty.every.seasons else set()
        if duty.every.opens:
            names = {"due", *season, *more}
            yield from _dates(package, duty.every.opens, duty.every.line, f"{where}.every.opens", names)
        if duty.every.due:
            yield from _dates(package, duty.every.due, duty.every.line, f"{where}.every.due", season)
    rows: frozenset[str] = frozenset()
    for source in duty.on.sources if duty.on else ():
        fields = known.row_fields(source)
        rows |= fields
        if source.when and fields:
            yield from _unknown(
                source.when.names - source.when.item_names, fields, source.line, f"{where}.on.when"
            )
    for name, rule in duty.prefill.items():
        yield from _unknown(
            rule.names - rule.item_names,
            PREFILL_NAMES | rows | package.ledgers.keys() | ({COLLECTED} if collects(duty) else set()),
            duty.line,
            f"{where}.prefill.{name}",
        )
        if collects(duty):
            yield from check_collected_paths(rule, duty.line, f"{where}.prefill.{name}")


def _ledger(known: Known, ledger: Ledger) -> Iterator[Problem]:
    where = f"ledgers.{ledger.id}"
    fields = known.item_fields(ledger)
    title = ledger.item_title
    if title and fields:
        yield from _unknown(title.names - title.item_names, fields, ledger.line, f"{where}.title_field")
    for source in ledger.from_rows:
        row = known.row_fields(source)
        if source.when and row:
            yield from _unknown(
                source.when.names - source.when.item_names, row, source.line, f"{where}.from_rows"
            )


def _indicator(known: Known, indicator: Indicator) -> Iterator[Problem]:
    package, rule = known.package, indicator.value
    yield from _when(package, indicator.by, f"indicators.{indicator.id}.by")
    if rule is None:
        return
    where = f"indicators.{indicator.id}.value"
    # A hyphen would be read as a minus: only forms without one can be named here.
    lists = {*package.ledgers, *(form for form in package.forms if "-" not in form)}
    yield from _unknown(rule.names - rule.item_names, lists | {DUTIES}, indicator.line, where)
    if DUTIES not in lists:
        yield from _counts(package, rule, indicator.line, where)
    inside = set(ITEM_NAMES) | lists | {DUTIES}
    for name in rule.names & lists:
        if name in package.ledgers:
            inside |= known.item_fields(package.ledgers[name])
        inside |= known.all_fields(name)
    yield from _unknown(rule.item_names, inside, indicator.line, where)
    if indicator.dated:
        yield from _dated(known, indicator, sorted(rule.names & lists))


def _counts(package: Package, rule: Expression, line: int, where: str) -> Iterator[Problem]:
    """Dotted paths to what was owed: duties.plan.owed."""
    for path in duty_paths(rule):
        shown = ".".join(path)
        if len(path) > 1 and path[1] not in package.duties:
            yield stranger(say("没有任务“{name}”", name=path[1]), path[1], package.duties, line, where)
        elif len(path) != 3:
            do = say("请写成 duties.编号.owed，或 filed、accepted、late。")
            yield Problem(say("“{path}”不是一个数", path=shown), do, CAMPAIGN, line, where)
        elif path[2] not in COUNTS:
            what = say("“{path}”里只有 owed、filed、accepted 和 late", path=shown)
            yield stranger(what, path[2], COUNTS, line, where)


def _dated(known: Known, indicator: Indicator, read: list[str]) -> Iterator[Problem]:
    """Report a list of which no form says for when by that field, and periods that are not asked for."""
    package, where = known.package, f"indicators.{indicator.id}.dated"
    if not (indicator.per or indicator.trend):
        what, do = say("写了 dated，没有写 per"), say("请写明逐旬、逐月还是别的周期，或删去 dated。")
        yield Problem(what, do, CAMPAIGN, indicator.line, where)
    for name in read:
        ledger = package.ledgers.get(name)
        forms = [ledger.form, *ledger.from_forms] if ledger else [name]
        paths: list[tuple[str, tuple[str, ...]]] = [((form or ""), (indicator.dated,)) for form in forms]
        paths += [(one.form, (one.field, ROW, indicator.dated)) for one in ledger.from_rows] if ledger else []
        found = [known.forms.get(form, {}).get(path) for form, path in paths]
        if not any(one and one.get("format") in ("date", "month", "year") for one in found):
            what = say("“{name}”里没有日期栏“{field}”", name=name, field=indicator.dated)
            do = say("请写成 format 为 date、month 或 year 的一栏。")
            yield Problem(what, do, CAMPAIGN, indicator.line, where)


def _unknown(read: Iterable[str], known: Iterable[str], line: int, where: str) -> Iterator[Problem]:
    names = frozenset(known)
    for name in sorted(frozenset(read) - names):
        do = say("请改成可用的名称；如果它是文字，请加引号。")
        yield stranger(say("表达式里的“{name}”不知道是什么", name=name), name, names, line, where, do=do)
