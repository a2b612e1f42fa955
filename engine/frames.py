"""What is drawn from: the list in a fixed order, who of it must be included, and how many of each group besides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from engine import actors
from engine.bearing import last_answers
from engine.models import Instance, LedgerItem
from engine.progress import PLACE
from engine.tasks import Desk
from forms.expression import EvaluationError, Expression, plain
from forms.lots import MOST, Lot, Rule, groups_of, number_of
from tenants import access
from tenants.db import Work
from tenants.errors import Invalid
from tenants.models import Unit
from tenants.text import say

_STEPS = 5_000
# What is called by these is called so in the list; else by its first text.
_TITLES = ("名称", "标题", "描述", "name", "title")


@dataclass(frozen=True)
class Frame:
    """lots: the list, in its order. numbers: group -> how many are drawn of those that need not be included."""

    lots: tuple[Lot, ...]
    numbers: Mapping[str, int]


def frame_of(work: Work, desk: Desk, rule: Rule) -> Frame:
    """Gather what a field draws from as it stands now. Raises Invalid when that cannot be told, or there is nothing."""
    names = _around(work, desk)
    try:
        lots = tuple(_lots(work, desk, rule, names))
        numbers = {
            group: _number(rule, {**names, "group": group, "size": size - kept}, size - kept)
            for group, (size, kept) in groups_of(lots).items()
        }
    except EvaluationError as wrong:
        what = say("“{field}”的名单排不出来：{why}", field=rule.title, why=wrong.what)
        raise Invalid(what, say("请检查前面填的内容和单位的属性；仍不行请联系方案编制人员。")) from None
    if not lots:
        raise Invalid(
            say("“{field}”没有可抽的对象。", field=rule.title), say("请检查单位、台账或前面填的清单。")
        )
    if len(lots) > MOST:
        raise Invalid(
            say("“{field}”可抽的对象超过 {limit} 个。", field=rule.title, limit=MOST),
            say("请联系方案编制人员缩小范围。"),
        )
    return Frame(lots, numbers)


def _around(work: Work, desk: Desk) -> dict[str, Any]:
    """Return what is known before the draw: the matter, and what was answered in the steps before."""
    own = desk.form.id if desk.form else ""
    known: dict[str, Any] = {}
    for form, given in last_answers(work, desk.instance).items():
        for answers in given if form != own else ():
            known.update(answers)
    return {**known, **desk.running.names(desk.unit, desk.about, due=desk.task.due)}


def _lots(work: Work, desk: Desk, rule: Rule, names: Mapping[str, Any]) -> Iterator[Lot]:
    for key, label, facts in _items(work, desk, rule):
        seen = {**names, **facts, "item": facts}

        def said(name: str, otherwise: object, seen: Mapping[str, Any] = seen) -> object:
            expression = rule.each.get(name)
            return otherwise if expression is None else expression.evaluate(seen, steps=_STEPS)

        if said("when", True) is not True:
            continue
        group = said("group", "")
        yield Lot(
            key,
            label[:200],
            "" if group is None else str(plain(group)),
            said("keep", False) is True,
            _row(desk, rule, facts, seen),
        )


def _row(desk: Desk, rule: Rule, facts: Mapping[str, Any], seen: Mapping[str, Any]) -> dict[str, Any]:
    if not rule.row:
        assert desk.form is not None
        schema: Mapping[str, Any] = desk.form.schema
        columns = schema["properties"][rule.field]["items"].get("properties", {})
        return {name: facts[name] for name in columns if facts.get(name) not in (None, "")}
    found = {name: _value(expression, seen) for name, expression in rule.row.items()}
    return {name: value for name, value in found.items() if value not in (None, "")}


def _value(expression: Expression, seen: Mapping[str, Any]) -> Any:
    return plain(expression.evaluate(seen, steps=_STEPS))


def _number(rule: Rule, names: Mapping[str, Any], size: int) -> int:
    amount = rule.amount.evaluate(names, steps=_STEPS) if rule.amount else None
    number = number_of(rule.number, amount, size)
    if number is None:
        what = say("“{field}”抽多少还不知道。", field=rule.title)
        raise Invalid(what, say("请先在前面的步骤里填好抽取的比例或个数。"))
    return number


def _items(work: Work, desk: Desk, rule: Rule) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield (key, what it is called, its fields) of everything there is to draw from, in a fixed order."""
    if rule.source == "actors":
        yield from _units(work, desk, rule.named)
    elif rule.source == "ledger":
        for item in _ledger(work, desk, rule.named[0]):
            yield str(item.number), item.title, {**item.data, "状态": item.status, "编号": item.number}
    else:
        form, _, field = rule.named[0].partition(".")
        found = (answers.get(field) for answers in last_answers(work, desk.instance).get(form, ()))
        rows = [row for table in found if isinstance(table, list) for row in table if isinstance(row, dict)]
        for number, row in enumerate(rows, start=1):
            yield str(number), _called(row) or str(number), {**row, "number": number}


def _units(work: Work, desk: Desk, named: Sequence[str]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield the units that the actors mean; `actor` is the first of them that means a unit."""
    units, first = actors.all_units(work), dict[Any, str]()
    for name in named:
        for pick in actors.picked(work, desk.running.package, [name], units):
            if pick.unit is not None:
                first.setdefault(pick.unit.id, name)
    for unit in units:
        if unit.id in first:
            yield str(unit.id), unit.name, {**unit.facts(), "actor": first[unit.id]}


def _ledger(work: Work, desk: Desk, ledger: str) -> Sequence[LedgerItem]:
    """Return the items that whoever draws may see, by their numbers."""
    query = (
        select(LedgerItem)
        .join(Instance, Instance.id == LedgerItem.instance_id)
        .outerjoin(Unit, Unit.id == LedgerItem.unit_id)
        .where(
            LedgerItem.campaign_id == desk.running.campaign.id, LedgerItem.ledger == ledger, Instance.hidden.is_(False),
            access.visible(work.viewer, PLACE),
        )
        .order_by(LedgerItem.number)
        .limit(MOST + 1)
    )  # fmt: skip
    return list(work.session.scalars(query))


def _called(row: Mapping[str, Any]) -> str:
    texts = [row[key] for key in _TITLES if isinstance(row.get(key), str)]
    return next((text for text in (*texts, *row.values()) if isinstance(text, str) and text), "")
